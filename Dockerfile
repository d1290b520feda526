# One image for every process of the platform: api, syncer, recorder, worker. Its files belong to root; it runs as the user node.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund && npm rebuild better-sqlite3 esbuild
COPY . .
# What the image needs and no more: the packages of development go, and the clients of PostgreSQL and Redis, optional elsewhere, stay.
RUN npm run build \
  && version() { node -p "require('./package.json').devDependencies.$1"; } \
  && npm pkg set "dependencies.pg=$(version pg)" "dependencies.ioredis=$(version ioredis)" \
  && npm pkg delete devDependencies peerDependencies peerDependenciesMeta \
  && npm install --ignore-scripts --no-audit --no-fund

FROM node:20-bookworm-slim
ENV NODE_ENV=production NEXTBAR_PLATFORM=/data/platform
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/strategies ./strategies
RUN ln -s /app/dist/cli/main.js /usr/local/bin/nextbar && chmod +x /app/dist/cli/main.js && mkdir /data && chown node:node /data
USER node
WORKDIR /data
VOLUME /data
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["--help"]
