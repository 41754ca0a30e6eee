/** Who a message is from, or goes to. */
export interface MailAddress {
  /** Empty: only the address is shown. */
  readonly name: string;
  readonly address: string;
}

const ADDRESS = '[^\\s<>@,;]+@[^\\s<>@,;]+';
const SENDER = new RegExp(`^(?:([^<>\\r\\n]*)<(${ADDRESS})>|(${ADDRESS}))$`);

/** The parts of `Name <address>`, `"Name" <address>` or `address`; `null`: it is not one address. */
export function mailAddressOf(text: string): MailAddress | null {
  const [, name = '', named, bare] = SENDER.exec(text) ?? [];
  const address = named ?? bare;
  return address === undefined
    ? null
    : {
        name: name
          .trim()
          .replace(/^"(.*)"$/, '$1')
          .trim(),
        address,
      };
}

/** The domain of an address: of the Message-IDs. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
