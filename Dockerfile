# Static binary on an empty base: no shell, no root, nothing to update but this.
FROM golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /palmonas ./cmd/palmonas \
 && mkdir -m 0700 /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /palmonas /palmonas
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV PALMONAS_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 CMD ["/palmonas", "healthcheck"]
ENTRYPOINT ["/palmonas"]
CMD ["serve"]
