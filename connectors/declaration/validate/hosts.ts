import type { Connector } from '../schema';
import { references, render } from '../template';
import type { DeclarationFault } from './fault';
import { fault } from './fault';

/** Checks that every host that is called is written down or is a checked configuration value. */
export function checkHosts(connector: Connector): DeclarationFault[] {
  const { auth } = connector;
  const urls: [path: string, url: string][] = [['/baseUrl', connector.baseUrl]];
  if ((auth.type === 'oauth2' || auth.type === 'jwtBearer') && !auth.tokenUrl.startsWith('/')) {
    urls.push(['/auth/tokenUrl', auth.tokenUrl]);
  }
  const faults = urls.flatMap(([path, url]) => urlFaults(connector, path, url));
  (connector.allowHosts ?? []).forEach((host, i) => {
    if (/^[A-Za-z0-9.{}_-]+(:\d{1,5})?$/.test(host)) return;
    const next =
      'Write a bare host name, such as files.vendor.example, or with its port: files.vendor.example:8443.';
    const message = `${JSON.stringify(host)} is not a host name.`;
    faults.push(fault(`/allowHosts/${String(i)}`, 'bad_host', message, next));
  });
  return faults;
}

function urlFaults(connector: Connector, path: string, url: string): DeclarationFault[] {
  const [first] = references(url);
  const isFullAddress = first?.kind === 'config' && url.startsWith(`{config.${first.name}}`);
  if (isFullAddress && connector.config[first.name]?.kind === 'url') return [];
  if (isFullAddress || !url.startsWith('https://')) {
    const message = `${JSON.stringify(url)} does not start with https://.`;
    const next =
      'Addresses start with https://. For a test server without it, make the address a setting: ' +
      '"config": {"url": {"kind": "url", "about": "Address"}} and "baseUrl": "{config.url}".';
    return [fault(path, 'not_https', message, next)];
  }
  const faults = references(url).flatMap(({ kind, name }) => {
    const declared = kind === 'config' ? connector.config[name] : undefined;
    if (declared === undefined || declared.kind === 'enum' || declared.pattern !== undefined) {
      return [];
    }
    const message = `{config.${name}} is part of an address, but any value is accepted.`;
    const next = `Give config.${name} a pattern, such as ^[a-z0-9-]+$.`;
    return [fault(`/config/${name}`, 'open_host', message, next)];
  });
  const plain = render(url, { config: {}, secret: {}, vars: {} }, () => 'x').replaceAll(
    '//',
    '/x/',
  );
  if (/[?#@\s]/.test(plain) || !URL.canParse(url.replace(/\{[^}]*\}/g, 'x'))) {
    const next = 'Write scheme, host and path only.';
    faults.push(fault(path, 'bad_url', `${JSON.stringify(url)} is not a plain address.`, next));
  }
  return faults;
}
