#!/bin/sh
# Prisma's CLI would download a schema engine. Stagedoor does not use one: migrations are plain SQL.
echo "Migrations are SQL files under prisma/migrations; 'stagedoor' applies them at each start." >&2
exit 1
