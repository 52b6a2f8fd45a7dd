#!/bin/sh
# Puts the web pages into a copy of the module github.com/prometheus/alertmanager.
#
# The pages at / are written in Elm, whose packages are in no registry that the kit uses. The module of release 0.31.1
# is the last one that carries them compiled; they speak the same API. Those at /ui/ are built.
(cd ../pages && go run -mod=readonly . ../module/ui/app/dist/elm)
cd ui/mantine-ui
# 9.7.3, which is asked for, can't be had everywhere
sed -i 's/"@mantine\/code-highlight": "[^"]*"/"@mantine\/code-highlight": "9.6.2"/' package.json
npm install --ignore-scripts --no-audit --no-fund
# without the type check, which stumbles over the other version
node_modules/.bin/vite build
rm -rf node_modules
# the server sends .br to whoever takes it, which Go's library can't write
node -e '
const fs = require("fs"), path = require("path"), zlib = require("zlib");
for (const file of fs.readdirSync("../app/dist/elm", { recursive: true })) {
  const name = path.join("../app/dist/elm", file);
  if (!/\.(css|html|ico|js|svg|eot|ttf)$/.test(name)) continue;
  const text = fs.readFileSync(name);
  fs.writeFileSync(name + ".br", zlib.brotliCompressSync(text));
  fs.writeFileSync(name + ".gz", zlib.gzipSync(text, { level: 9 }));
  fs.rmSync(name);
}'
