#!/bin/sh
# Builds the web pages, in a copy of the module github.com/prometheus/prometheus.

# promtool looks into the certificates of Kubernetes' discovery, which isn't there: 300 packages, a quarter of the build
sed -i -e '\#prometheus/discovery/kubernetes"#d' -e '/case \*kubernetes\.SDConfig:/,/^[[:space:]]*}$/d' cmd/promtool/main.go
cd web/ui
# a second, older set of pages that the server shows only with a feature flag
rm -rf react-app
npm install --silent --no-audit --no-fund --prefix .pnpm pnpm@10.34.8
PATH="$PWD/.pnpm/node_modules/.bin:$PATH"
# 9.7.2, which is asked for, can't be had everywhere
printf "overrides:\n  '@mantine/code-highlight': 9.6.2\n" >>pnpm-workspace.yaml
# all but the overridden package is pinned by the module's own lock file
pnpm install --no-frozen-lockfile --ignore-scripts --filter '@prometheus-io/mantine-ui...'
for module in lezer-promql codemirror-promql; do
    pnpm --filter "@prometheus-io/$module" run build
done
# without the type check, which stumbles over the override
(cd mantine-ui && node_modules/.bin/vite build)
mkdir static
mv mantine-ui/dist static/mantine-ui
rm -rf .pnpm node_modules mantine-ui/node_modules module/*/node_modules
cd ../..
bash scripts/compress_assets.sh
