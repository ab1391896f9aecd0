// The Debian packages from which the engines are built: the two engines and everything that they import.

/** Suites that are looked in, in order. */
export const SUITES = ['sid', 'testing'];

/** The compiler's packages are named for its version; the newest is taken. */
export const GO_PREFIX = 'golang-1.';

/** The packages, with the import paths that begin what each of them brings. */
export const IMPORT_PATHS = {
  'golang-github-cue-lang-cue-dev': ['cuelang.org/go'],
  'golang-github-open-policy-agent-opa-dev': ['github.com/open-policy-agent/opa'],
  'golang-github-agnivade-levenshtein-dev': ['github.com/agnivade/levenshtein'],
  'golang-github-beorn7-perks-dev': ['github.com/beorn7/perks'],
  'golang-github-cespare-xxhash-v2-dev': ['github.com/cespare/xxhash'],
  'golang-github-cockroachdb-apd-dev': ['github.com/cockroachdb/apd'],
  'golang-github-emicklei-proto-dev': ['github.com/emicklei/proto'],
  'golang-github-go-ini-ini-dev': ['github.com/go-ini/ini'],
  'golang-github-go-logr-logr-dev': ['github.com/go-logr/logr'],
  'golang-github-go-logr-stdr-dev': ['github.com/go-logr/stdr'],
  'golang-github-gobwas-glob-dev': ['github.com/gobwas/glob'],
  'golang-github-google-uuid-dev': ['github.com/google/uuid'],
  'golang-github-gorilla-mux-dev': ['github.com/gorilla/mux'],
  'golang-github-mitchellh-go-wordwrap-dev': ['github.com/mitchellh/go-wordwrap'],
  'golang-github-munnerz-goautoneg-dev': ['github.com/munnerz/goautoneg'],
  'golang-github-pelletier-go-toml.v2-dev': ['github.com/pelletier/go-toml'],
  'golang-github-prometheus-client-golang-dev': ['github.com/prometheus/client_golang'],
  'golang-github-prometheus-client-model-dev': ['github.com/prometheus/client_model'],
  'golang-github-prometheus-common-dev': ['github.com/prometheus/common'],
  'golang-github-prometheus-procfs-dev': ['github.com/prometheus/procfs'],
  'golang-github-protocolbuffers-txtpbfmt-dev': ['github.com/protocolbuffers/txtpbfmt'],
  'golang-github-rcrowley-go-metrics-dev': ['github.com/rcrowley/go-metrics'],
  'golang-github-sirupsen-logrus-dev': ['github.com/sirupsen/logrus'],
  'golang-github-tchap-go-patricia-dev': ['github.com/tchap/go-patricia'],
  'golang-github-xeipuuv-gojsonpointer-dev': ['github.com/xeipuuv/gojsonpointer'],
  'golang-github-xeipuuv-gojsonreference-dev': ['github.com/xeipuuv/gojsonreference'],
  'golang-github-yashtewari-glob-intersection-dev': ['github.com/yashtewari/glob-intersection'],
  'golang-golang-x-net-dev': ['golang.org/x/net'],
  'golang-golang-x-sys-dev': ['golang.org/x/sys'],
  'golang-golang-x-text-dev': ['golang.org/x/text'],
  'golang-google-protobuf-dev': ['google.golang.org/protobuf'],
  'golang-gopkg-yaml.v2-dev': ['gopkg.in/yaml.v2', 'go.yaml.in/yaml/v2'],
  'golang-gopkg-yaml.v3-dev': ['gopkg.in/yaml.v3', 'go.yaml.in/yaml/v3'],
  'golang-k8s-sigs-yaml-dev': ['sigs.k8s.io/yaml'],
  'golang-opentelemetry-otel-dev': ['go.opentelemetry.io/otel'],
};

/** @type {readonly string[]} */
export const PACKAGES = Object.keys(IMPORT_PATHS);

/** The two engines by their packages: their versions are told. */
export const ENGINES = { cue: 'golang-github-cue-lang-cue-dev', opa: 'golang-github-open-policy-agent-opa-dev' };
