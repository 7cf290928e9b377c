/**
 * Generates the source files that are derived from facts and schemas; they are not in git.
 */

import { generateConstants } from "./constants.ts";
import { generateHelp } from "./help.ts";
import { generateProfiles } from "./library-profiles.ts";
import { generateSignatures } from "./signatures.ts";
import { generateTables } from "./tables.ts";
import { generateValidators } from "./validators.ts";

generateTables();
generateSignatures();
generateConstants();
generateValidators();
generateHelp();
generateProfiles();
