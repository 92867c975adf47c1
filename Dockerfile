# One image for every process of docker-compose.yml; the same scripts as "npm start" do the work.
FROM node:24-bookworm
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg nginx mariadb-server redis-server libnginx-mod-stream util-linux \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin stagedoor \
  && mkdir /var/lib/stagedoor && chown stagedoor:stagedoor /var/lib/stagedoor
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --no-audit --no-fund
COPY . .
RUN node scripts/production/build.ts
ENV STAGEDOOR_VAR=/var/lib/stagedoor
VOLUME /var/lib/stagedoor
USER stagedoor
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "scripts/production/container.ts"]
