// biome-ignore-all lint/style/noDefaultExport: undici's modules are CommonJS
// The deep modules of undici that are loaded, because its door loads fetch, caches and mocks too.
declare module 'undici/lib/dispatcher/pool.js' {
  import type { Pool } from 'undici';

  const PoolConstructor: typeof Pool;
  export default PoolConstructor;
}
declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici';

  function request(this: Dispatcher, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
  export default request;
}
