import { Canaries } from './canary';

const canaries = new Canaries('zqkanari');
const word = canaries.word('Name');
const day = canaries.value('1907-03-11');

test.each<[form: string, bytes: (text: string) => Buffer]>([
  ['as it is', (text) => Buffer.from(text)],
  ['in upper case', (text) => Buffer.from(text.toUpperCase())],
  ['in UTF-16', (text) => Buffer.from(text, 'utf16le')],
  ['in UTF-16, big-endian', (text) => Buffer.from(text, 'utf16le').swap16()],
  ['in hexadecimal', (text) => Buffer.from(Buffer.from(text).toString('hex'))],
  ['in base64', (text) => Buffer.from(Buffer.from(text).toString('base64'))],
  ['in base64, one byte on', (text) => Buffer.from(Buffer.from(` ${text}`).toString('base64'))],
  ['in base64, two bytes on', (text) => Buffer.from(Buffer.from(`  ${text}`).toString('base64'))],
  ['as it is in a URL', (text) => Buffer.from(encodeURIComponent(text))],
  [
    'with every character escaped',
    (text) => Buffer.from(Array.from(text, (c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('')),
  ],
])('a canary is found %s', (_, bytes) => {
  const named = bytes(`{"name":"${word}!"}`);
  const dated = bytes(`{"hired":"${day} "}`);

  expect(canaries.findIn(named)).not.toEqual([]);
  expect(canaries.findIn(dated)).not.toEqual([]);
});

test('nothing is found where there is none', () => {
  expect(canaries.findIn(Buffer.from('{"runId":"0192","date":"1907-03-12"}'))).toEqual([]);
});
