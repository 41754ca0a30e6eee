import { cellKind } from '../../../domain/files/cellKinds';
import { rowFault } from '../../../domain/files/rowFaults';
import { wordRowFault } from '../../../wording/messages';

describe('a status', () => {
  const status = cellKind('status', {
    date: () => null,
    dateFormat: 'YYYY-MM-DD',
    organizations: new Map(),
    properties: [],
    decimalComma: false,
  });

  test.each([
    ['active', 'Active aktiv AKTIVE actif active activo Activa attivo attiva actief actieve'],
    ['inactive', 'inactive Inaktiv inaktive inactif INACTIVE inactivo inactiva inattivo inattiva'],
    ['inactive', 'inactief inactieve'],
  ])('is %s in the languages whose headers are known: %s', (meaning, words) => {
    expect(words.split(' ').map(status.convert)).toEqual(words.split(' ').map(() => meaning));
  });

  test.each(['inaktiv-pending', 'aktivx', 'aktiv seit 2020', 'activ', 'in', 'ina', 'ruhend'])(
    'is complete words only: %s is not one',
    (word) => {
      expect(status.convert(word)).toBeNull();
    },
  );

  test('that is not known is reported without a meaning that could be pasted', () => {
    const message = wordRowFault(rowFault('status', status.fault('ruhend')));

    expect(message).toContain(`--map 'status:"ruhend"=MEANING'`);
    expect(message).toMatch(/active or inactive for MEANING/);
    expect(message).not.toMatch(/=(in)?active/);
    expect(status.convert('MEANING')).toBeNull();
  });
});
