import { start } from './program';

// The entry that bin/rollcall.js loads; the command tree is in program.ts.
void start();
