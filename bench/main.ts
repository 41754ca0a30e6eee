const HELP = `npm run bench -- WHAT

  import, sync --against COMMIT   this build beside an older one (--help shows its options)
  import     the whole import beside its floor (--help shows its options)
  sync       a whole sync beside its floor (--help shows its options)
  bulk       the deactivation of many people beside the same by hand (--help shows its options)
  export     the export of everybody beside a COPY of the same columns (--help shows its options)
  records    a file of enrollments beside its floor (--help shows its options)
  renumbered the search for people whose numbers changed (--help shows its options)
  users      pages, searches and filters of a million people (--help shows its options)
  merge      merges of many pairs beside the same by hand (--help shows its options)
  duplicates the search for users that may be one person (--help shows its options)
  letters    sending, freezing, notifications, what a campaign leaves (--help shows its options)
  csv        the CSV reader beside csv-parse alone: npm run bench -- csv [--check] [ROWS …]
  company    writes a generated company: npm run bench -- company FILE.csv PEOPLE [NEXT-DAY.csv]
`;

async function main(): Promise<number> {
  const [what = '', ...args] = process.argv.slice(2);
  if (isComparable(what) && args.some((word) => /^--against(=|$)/.test(word))) {
    const { benchCompare } = await import('./compare.js');
    return benchCompare(what, args);
  }
  switch (what) {
    case 'import': {
      const { benchImport } = await import('./import.js');
      await benchImport(args);
      return 0;
    }
    case 'sync': {
      const { benchSync } = await import('./sync.js');
      await benchSync(args);
      return 0;
    }
    case 'bulk': {
      const { benchBulk } = await import('./bulk.js');
      await benchBulk(args);
      return 0;
    }
    case 'export': {
      const { benchExport } = await import('./export.js');
      await benchExport(args);
      return 0;
    }
    case 'records': {
      const { benchRecords } = await import('./records.js');
      await benchRecords(args);
      return 0;
    }
    case 'renumbered': {
      const { benchRenumbered } = await import('./renumbered.js');
      await benchRenumbered(args);
      return 0;
    }
    case 'users': {
      const { benchUsers } = await import('./users/index.js');
      await benchUsers(args);
      return 0;
    }
    case 'merge': {
      const { benchMerge } = await import('./merge.js');
      await benchMerge(args);
      return 0;
    }
    case 'duplicates': {
      const { benchDuplicates } = await import('./duplicates/index.js');
      await benchDuplicates(args);
      return 0;
    }
    case 'letters': {
      const { benchLetters } = await import('./letters/index.js');
      await benchLetters(args);
      return 0;
    }
    case 'csv':
      // The script reads its arguments from the process.
      process.argv.splice(2, 1);
      await import('./csv.js');
      return 0;
    case 'company': {
      const { writeCompany } = await import('../company/company.js');
      const [path = 'people.csv', people = '10000', nextDay] = args;
      const company = { people: Number(people), bad: 0.005, twice: 0.002, quoted: 0.01 };
      console.log(path, await writeCompany(path, company));
      if (nextDay !== undefined) {
        const plan = { hires: 0.02, leavers: 0.07, moves: 0.05, renames: 0.01, swaps: 0.01 };
        console.log(nextDay, await writeCompany(nextDay, { ...company, bad: 0, nextDay: plan }));
      }
      return 0;
    }
    default:
      process.stdout.write(HELP);
      return what === '' || what === '--help' ? 0 : 2;
  }
}

function isComparable(what: string): what is 'import' | 'sync' {
  return what === 'import' || what === 'sync';
}

main()
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error: unknown) => {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  });
