import { parseConfig } from './app-config';

const addresses = { apiUrl: 'https://api.example.com', webSocketUrl: 'wss://live.example.com/dev' };

describe('parseConfig', () => {
  it('takes the addresses and leaves out unusable demo users', () => {
    const ana = { email: 'ana@example.com', password: 'Paloma-2026' };
    const config = parseConfig({ ...addresses, demoUsers: [ana, { email: 'bruno@example.com' }, null], other: 1 });
    expect(config).toEqual({ ...addresses, demoUsers: [{ ...ana, name: 'ana@example.com' }] });
  });

  it.each([null, 'text', {}, { ...addresses, webSocketUrl: 'https://x' }, { ...addresses, apiUrl: 'javascript:1' }])(
    'rejects %j',
    (value) => expect(parseConfig(value)).toBeUndefined(),
  );
});
