module autonomica.ai/monitoring/tests/server

go 1.21
