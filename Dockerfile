# One image for every process of the platform: api, syncer, recorder, worker. Its files belong to root; it runs as the user node.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund && npm rebuild better-sqlite3 esbuild
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts && npm install --no-save --ignore-scripts --no-audit --no-fund pg ioredis

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
