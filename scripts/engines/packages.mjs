// The Debian packages from which the engines are built: the two engines and everything that they import.

/** Suites that are looked in, in order. */
export const SUITES = ['sid', 'testing'];

/** The compiler's packages are named for its version; the newest is taken. */
export const GO_PREFIX = 'golang-1.';

/** @type {readonly string[]} */
export const PACKAGES = [
  'golang-github-cue-lang-cue-dev',
  'golang-github-open-policy-agent-opa-dev',
  'golang-github-agnivade-levenshtein-dev',
  'golang-github-beorn7-perks-dev',
  'golang-github-cespare-xxhash-v2-dev',
  'golang-github-cockroachdb-apd-dev',
  'golang-github-emicklei-proto-dev',
  'golang-github-go-ini-ini-dev',
  'golang-github-go-logr-logr-dev',
  'golang-github-go-logr-stdr-dev',
  'golang-github-gobwas-glob-dev',
  'golang-github-google-uuid-dev',
  'golang-github-gorilla-mux-dev',
  'golang-github-mitchellh-go-wordwrap-dev',
  'golang-github-munnerz-goautoneg-dev',
  'golang-github-pelletier-go-toml.v2-dev',
  'golang-github-prometheus-client-golang-dev',
  'golang-github-prometheus-client-model-dev',
  'golang-github-prometheus-common-dev',
  'golang-github-prometheus-procfs-dev',
  'golang-github-protocolbuffers-txtpbfmt-dev',
  'golang-github-rcrowley-go-metrics-dev',
  'golang-github-sirupsen-logrus-dev',
  'golang-github-tchap-go-patricia-dev',
  'golang-github-xeipuuv-gojsonpointer-dev',
  'golang-github-xeipuuv-gojsonreference-dev',
  'golang-github-yashtewari-glob-intersection-dev',
  'golang-golang-x-net-dev',
  'golang-golang-x-sys-dev',
  'golang-golang-x-text-dev',
  'golang-google-protobuf-dev',
  'golang-gopkg-yaml.v2-dev',
  'golang-gopkg-yaml.v3-dev',
  'golang-k8s-sigs-yaml-dev',
  'golang-opentelemetry-otel-dev',
];

/** The two engines by their packages: their versions are told. */
export const ENGINES = { cue: 'golang-github-cue-lang-cue-dev', opa: 'golang-github-open-policy-agent-opa-dev' };
