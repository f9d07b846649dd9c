# One image per program, all from the same build. `--target app --build-arg APP=users` makes the image of users;
# `--target tools` makes the one that sets the others up and runs the demo.
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /foldline
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund

FROM packages AS build
COPY . .
RUN npx nest build --all

FROM ${NODE_IMAGE} AS production-packages
WORKDIR /foldline
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production
WORKDIR /foldline
COPY package.json LICENSE ./
COPY --from=production-packages /foldline/node_modules ./node_modules
COPY tools/containers ./tools/containers

FROM runtime AS app
ARG APP
# The gateway serves these; to the others they are nothing.
COPY apps/gateway/assets ./apps/gateway/assets
COPY --from=build /foldline/dist/apps/${APP} ./dist/app
ENV HOST=0.0.0.0 PORT=8080
EXPOSE 8080
USER node
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["node", "tools/containers/healthy.cjs"]
CMD ["node", "dist/app/main.js"]

FROM runtime AS tools
COPY tools/embedded/nats-config.cjs ./tools/embedded/nats-config.cjs
COPY tools/services.cjs ./tools/services.cjs
COPY libs/contracts/services.json ./libs/contracts/services.json
COPY --from=build /foldline/dist/tools ./dist/tools
USER node
ENTRYPOINT ["node", "tools/containers/tools.cjs"]
