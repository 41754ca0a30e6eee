import { Options } from '../../cli/command';
import { namingOwnCommand, withOwnCommand } from '../../cli/ownCommand';
import { Fault } from '../../domain/faults';
import { said } from '../../domain/next';

const given = (options: Record<string, unknown>) => ({
  args: ['my staff.csv'],
  options: new Options(options),
});

describe('an offered import', () => {
  test('is the command that was given, its file and its options', () => {
    const call = given({
      ...{ dryRun: true, source: 'plant', map: ['hr', 'Old=code,status:"On leave"=active'] },
      ...{ gate: ['updates=3'], reason: 'a new year', json: true },
    });

    expect(withOwnCommand('If that is meant: rollcall import FILE --map emial=email.', call)).toBe(
      "If that is meant: rollcall import 'my staff.csv' --source plant --dry-run --map hr " +
        `--map 'status:"On leave"=active' --gate updates=3 --reason 'a new year' --map emial=email.`,
    );
    expect(withOwnCommand('Pass it over: rollcall import FILE --ignore-unknown. Or', call)).toBe(
      "Pass it over: rollcall import 'my staff.csv' --source plant --dry-run --map hr " +
        `--map 'Old=code,status:"On leave"=active' --gate updates=3 --reason 'a new year' ` +
        '--ignore-unknown. Or',
    );
  });

  test('with an option of its own has that option once', () => {
    const call = given({ source: 'plant', dryRun: true });

    expect(withOwnCommand('rollcall import FILE --source plant --yes (which makes it)', call)).toBe(
      "rollcall import 'my staff.csv' --dry-run --source plant --yes (which makes it)",
    );
    expect(
      withOwnCommand("rollcall import FILE --map 'Emp No=code,X=FIELD' (FIELD: …)", call),
    ).toBe(
      "rollcall import 'my staff.csv' --source plant --dry-run --map 'Emp No=code,X=FIELD' (FIELD: …)",
    );
  });

  test('leaves other commands alone', () => {
    const text = 'Known names: rollcall import columns. All: rollcall runs list.';

    expect(withOwnCommand(text, given({}))).toBe(text);
  });

  test('follows it in a fault, too', async () => {
    const fault = new Fault('usage', {
      code: 'usage',
      message: 'Setting a gate needs a reason.',
      next: 'rollcall import FILE --reason TEXT',
    });

    await expect(
      namingOwnCommand(given({ gate: ['updates=3'] }), () => Promise.reject(fault)),
    ).rejects.toMatchObject({
      code: 'usage',
      next: said("rollcall import 'my staff.csv' --gate updates=3 --reason TEXT"),
    });
  });
});
