import { test } from "uvu";
import * as assert from "uvu/assert";
import { rootIsStranger } from "./trail.ts";

test("root outside is a stranger if the map of a user namespace has neither root nor the overflow user", () => {
  const maps: Readonly<Record<string, boolean>> = {
    // Outside of all user namespaces.
    "         0          0 4294967295\n": false,
    // unshare --map-root-user, of a user and of root.
    "         0       1000          1\n": true,
    "         0          0          1\n": false,
    "      1000       1000          1\n": true,
    // A container of a user's, whose users it has from a range of their own.
    "         0       1000          1\n         1     100000      65536\n": false,
    "         0       1000          1\n         1     100000      65533\n": true,
    "         0       1000          1\n     65535     100000          1\n": true,
    "": true,
  };
  for (const [map, expected] of Object.entries(maps)) {
    assert.is(rootIsStranger(map), expected, map);
  }
});

test.run();
