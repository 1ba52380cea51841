import { parseCidr, parseIp, parseMac, type Cidr, type Ip4, type Ip6, type IpAddress, type Mac } from '@midonet/packet';

/** Literals of test texts: a misspelt one fails the test that holds it, naming the text. */
export function mac(text: string): Mac {
  return parseMac(text) ?? fail('MAC', text);
}

export function ip(text: string): IpAddress {
  return parseIp(text) ?? fail('IP address', text);
}

export function ip4(text: string): Ip4 {
  const address = ip(text);
  return typeof address === 'number' ? address : fail('IPv4 address', text);
}

export function ip6(text: string): Ip6 {
  const address = ip(text);
  return typeof address === 'bigint' ? address : fail('IPv6 address', text);
}

export function cidr(text: string): Cidr {
  return parseCidr(text) ?? fail('prefix', text);
}

/** Every address of the family of `like`. */
export function anywhere(like: Cidr): Cidr {
  return cidr(typeof like.address === 'number' ? '0.0.0.0/0' : '::/0');
}

function fail(what: string, text: string): never {
  throw new SyntaxError(`'${text}' is no ${what}`);
}
