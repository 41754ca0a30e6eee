# The worker (and the client). Build: docker build -t rollcall .
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# Temporal and Postgres are services of their own, so no Temporal program is fetched.
ENV ROLLCALL_TEMPORAL_CLI=/bin/true
RUN node scripts/setup.mjs --no-test-server \
  && npm prune --omit=dev

FROM node:20-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    ROLLCALL_HEALTH_HOST=0.0.0.0 \
    ROLLCALL_HEALTH_PORT=8080
COPY --from=build --chown=node:node /app /app
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that SIGTERM reaches the worker and it drains.
# The options are those of config/workerProcess.ts; they keep 1,000,000 rows below 300 MB.
CMD ["node", "--enable-source-maps", "--max-old-space-size=256", "--max-semi-space-size=4", "--single-threaded-gc", "dist/worker/main.js"]
