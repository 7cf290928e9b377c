import * as assert from "uvu/assert";
import { test } from "../../test/support/running/test.ts";
import { commentIn, commentPattern, isCommentKey } from "./comment-key.ts";
import { PROFILE_VOCABULARY } from "./raw-profile.ts";

const COMMENTS =
  "comment Comment comments comment2 comment_1 description note notes title version author license _comment __comment__ $comment $schema // //comment # #why x-owner _ _doc _args_why".split(
    " ",
  );
for (const key of [...COMMENTS, "// two words", "_comment\n"]) {
  test(`${JSON.stringify(key)} is a comment`, () => {
    assert.ok(isCommentKey(key));
  });
}

test("a misspelt key is no comment", () => {
  const keys = "defaultAciton inclueds arg nmae valuTwo commment name action toString constructor".split(" ");
  assert.equal(keys.filter(isCommentKey), []);
  assert.is(isCommentKey("__proto__"), false);
});

test("a key of a profile with a mark before it is no comment: it may be meant to have an effect", () => {
  const keys = PROFILE_VOCABULARY.filter((key) => key !== "comment" && key !== "$schema");
  assert.ok(keys.length > 15);
  for (const mark of ["_", "__", "$", "//", "// ", "#", "x-"]) {
    assert.equal(
      keys.flatMap((key) => [mark + key, mark + key.replace(/s$/, "")]).filter(isCommentKey),
      [],
      mark,
    );
  }
});

test("the pattern for JSON Schema tells the same", () => {
  const pattern = new RegExp(commentPattern(), "u");
  const marked = PROFILE_VOCABULARY.flatMap((key) => [
    key,
    `_${key}`,
    `__${key}`,
    `$${key}`,
    `// ${key} `,
    `x-${key}`,
  ]);
  const keys = [
    ...COMMENTS,
    ...marked,
    "__proto__",
    "//a\nb",
    "_",
    "args",
    "comment-x",
    "Comment 7",
    "X-Y",
    "_Args",
  ];
  for (const key of keys) {
    assert.is(pattern.test(key), isCommentKey(key), key);
  }
});

test("the first text is the comment of a rule", () => {
  assert.is(commentIn({ names: ["read"], _comment: "why" }), "why");
  assert.is(commentIn({ $schema: "x", "//": ["two ", "lines"] }), "two \nlines");
  assert.is(commentIn({ _comment: "", description: 1, title: "so" }), "so");
  assert.is(commentIn({ names: ["read"] }), undefined);
});

test.run();
