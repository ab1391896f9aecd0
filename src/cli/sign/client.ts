import { createServiceClient, type ServiceClient, type ServiceTls } from '../../trust/service-client/client.ts';
import type { Call } from '../command.ts';
import { VERSION } from '../version.ts';

/** The client of the services of signing for a run: its proxies, `SSL_CERT_FILE`, and `--offline` where the command has it. */
export function serviceClientOf({ options, io }: Pick<Call, 'options' | 'io'>, tls?: ServiceTls): ServiceClient {
  return createServiceClient({
    env: io.env,
    userAgent: `assay/${VERSION}`,
    offline: options.has('offline') && options.flag('offline'),
    ...(tls === undefined ? {} : { tls }),
  });
}
