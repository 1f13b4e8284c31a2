# The API and the portal it serves, in one image. Build from the repository's root:
#   docker build -f docker/api.Dockerfile -t ziggyai/api .
FROM node:24-bookworm-slim AS manifests
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY apps/api/package.json apps/api/
COPY apps/web/package.json apps/web/
COPY libs/contracts/package.json libs/contracts/
COPY libs/domain/package.json libs/domain/
COPY libs/market-sources/package.json libs/market-sources/
COPY libs/quant/package.json libs/quant/
COPY libs/stream-client/package.json libs/stream-client/
COPY libs/streaming/package.json libs/streaming/
COPY libs/ui/package.json libs/ui/

FROM manifests AS build
RUN npm ci
COPY . .
ENV NX_DAEMON=false NX_NO_CLOUD=true
RUN npx nx run-many -t build

FROM manifests AS packages
RUN npm ci --omit=dev --workspace=@ziggy/api

FROM node:24-bookworm-slim AS runtime
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000
WORKDIR /srv/ziggy
COPY --from=packages --chown=root:root /build/node_modules node_modules
COPY --from=build --chown=root:root /build/package.json package.json
COPY --from=build --chown=root:root /build/libs libs
COPY --from=build --chown=root:root /build/apps/api apps/api
COPY --from=build --chown=root:root /build/apps/web/dist apps/web/dist
USER node
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 on purpose: it handles SIGTERM itself and starts no children here (the database is outside).
CMD ["node", "--enable-source-maps", "apps/api/dist/main.js"]
