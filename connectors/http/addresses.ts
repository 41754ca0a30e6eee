import { BlockList, isIP } from 'node:net';

/**
 * Addresses that no public service has (IANA special-purpose registries, RFC 6890). A source whose host name
 * resolves to one of them would read what only this machine can see.
 */
const PRIVATE = new BlockList();
// prettier-ignore
const RANGES_4 = [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16],
  ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16],
  ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const;
for (const [net, bits] of RANGES_4) PRIVATE.addSubnet(net, bits, 'ipv4');

/**
 * The only IPv6 addresses that are routed: global unicast, except those that carry an IPv4 address.
 */
const GLOBAL_6 = new BlockList();
GLOBAL_6.addSubnet('2000::', 3, 'ipv6');
const SPECIAL_6 = new BlockList();
// Teredo, documentation, 6to4, benchmarking, ORCHID.
// prettier-ignore
const RANGES_6 = [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const;
for (const [net, bits] of RANGES_6) SPECIAL_6.addSubnet(net, bits, 'ipv6');

/** True for an address that belongs to no public service; also for text that is not an address. */
export function isPrivateAddress(address: string): boolean {
  const text = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  switch (isIP(text)) {
    case 4:
      return PRIVATE.check(text, 'ipv4');
    case 6: {
      const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
      if (mapped !== undefined) return PRIVATE.check(mapped, 'ipv4');
      return !GLOBAL_6.check(text, 'ipv6') || SPECIAL_6.check(text, 'ipv6');
    }
    default:
      return true;
  }
}
