/** The only file of key opening that names the Kubernetes client; loaded when a `k8s://` reference is used. */
export { ApiException, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
