#!/bin/sh
# Makes the secrets that docker-compose.yml reads, once; existing ones are kept.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
make_secret() { [ -s "secrets/$1" ] || openssl rand "$2" "$3" | tr -d '\n' >"secrets/$1"; }
make_secret palmonas_secret_key -base64 32
make_secret mongo_root_password -hex 24
make_secret mongo_app_password -hex 24
make_secret mongo_keyfile -hex 256
[ -s secrets/mongodb_uri ] || printf 'mongodb://palmonas:%s@mongo:27017/palmonas?replicaSet=rs0&authSource=palmonas' \
  "$(cat secrets/mongo_app_password)" >secrets/mongodb_uri
# Compose mounts these files with the owner and mode they have here. The
# container reads them as its own user, the directory keeps others out.
chmod 0444 secrets/*
chmod 0700 secrets
echo "secrets are in $(pwd)/secrets"
