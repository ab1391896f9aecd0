import { expect, test } from 'vitest';
import { proxyFor } from './proxy.ts';

const ENV = { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'q:2' };

test.each([
  ['https://r.example/', ENV, 'http://p:1/'],
  ['http://r.example/', ENV, 'http://q:2/'],
  ['https://r.example/', {}, undefined],
  ['https://r.example/', { HTTPS_PROXY: '' }, undefined],
  ['https://r.example/', { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://lower:3' }, 'http://lower:3/'],
  ['http://127.0.0.1:5000/', ENV, undefined],
  ['http://localhost/', ENV, undefined],
  ['https://r.example/', { ...ENV, NO_PROXY: '*' }, undefined],
  ['https://r.example/', { ...ENV, NO_PROXY: 'other, r.example' }, undefined],
  ['https://a.r.example/', { ...ENV, NO_PROXY: '.r.example' }, undefined],
  ['https://a.r.example/', { ...ENV, NO_PROXY: 'r.example' }, undefined],
  ['https://xr.example/', { ...ENV, NO_PROXY: 'r.example' }, 'http://p:1/'],
  ['https://r.example/', { ...ENV, NO_PROXY: 'r.example:443' }, undefined],
  ['https://r.example:8443/', { ...ENV, NO_PROXY: 'r.example:443' }, 'http://p:1/'],
  ['https://10.1.2.3/', { ...ENV, no_proxy: '10.0.0.0/8' }, undefined],
  ['https://11.1.2.3/', { ...ENV, no_proxy: '10.0.0.0/8' }, 'http://p:1/'],
])('%s with %j goes through %s', (url, env, wanted) => {
  expect(proxyFor(new URL(url), env)?.href).toBe(wanted);
});

test('what is no proxy is misuse', () => {
  expect(() => proxyFor(new URL('https://r.example/'), { HTTPS_PROXY: 'socks5://p:1' })).toThrow(
    expect.objectContaining({ code: 'usage-invalid' }),
  );
});
