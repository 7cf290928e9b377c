/**
 * Compiles a JSON Schema to a validator that answers only yes or no, in few steps.
 *
 * A launch needs no more: the toolkit reports mistakes. It supports the part of JSON Schema that this project's schemas
 * use, and refuses the rest.
 */

/** The supported part of a schema. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const KNOWN = "$ref type enum minimum maximum items required properties definitions".split(" ");
const REMARKS = ["$schema", "$id", "title", "description", "examples"];

/** The source of a module whose default export is the validator. */
export function quickValidator(schema: Schema): string {
  /** The name of each function, by its statements. */
  const functions = new Map<string, string>();
  const main = `export default ${functionOf("validate", check(schema)("value"))}`;
  return [...[...functions].map(([statements, name]) => functionOf(name, statements)), main].join("\n");

  /** The statements that return false if an expression, which is a variable, is not valid by the schema. */
  function check(part: Schema): (value: string) => string {
    const unknown = Object.keys(part).find((key) => !KNOWN.includes(key) && !REMARKS.includes(key));
    if (unknown !== undefined) {
      throw new Error(`'${unknown}' is not supported in a schema`);
    }
    if (part.$ref !== undefined) {
      return check(definition(part.$ref));
    }
    if (part.enum !== undefined) {
      const { enum: words } = part;
      return (value) => refuse(words.map((word) => `${value} !== ${JSON.stringify(word)}`).join(" && "));
    }
    const types = [part.type ?? []].flat();
    const tests = types.filter((type) => type !== "null").map((type) => typeCheck(type, part));
    const [test] = tests;
    if (test === undefined || tests.length > 1) {
      throw new Error("a schema must have one type, or one type and null");
    }
    return (value) => (types.includes("null") ? `if (${value} !== null) {\n${test(value)}}\n` : test(value));
  }

  function definition(reference: string): Schema {
    const found = schema.definitions?.[reference.replace("#/definitions/", "")];
    if (found === undefined) {
      throw new Error(`there is no ${reference}`);
    }
    return found;
  }

  function typeCheck(type: string, part: Schema): (value: string) => string {
    switch (type) {
      case "string":
      case "boolean":
        return (value) => refuse(`typeof ${value} !== "${type}"`);
      case "integer": {
        const { minimum, maximum } = part;
        const least = minimum === undefined ? "" : ` || value < ${minimum}`;
        const most = maximum === undefined ? "" : ` || value > ${maximum}`;
        return called(refuse(`!Number.isInteger(value)${least}${most}`));
      }
      case "array":
        return called(arrayCheck(part));
      case "object":
        return called(objectCheck(part));
      default:
        throw new Error(`the type '${type}' is not supported`);
    }
  }

  function arrayCheck({ items = {} }: Schema): string {
    const each = check(items)("item");
    return `if (!Array.isArray(value)) return false;
const { length } = value;
for (let i = 0; i < length; i += 1) {
const item = value[i];
${each}}
`;
  }

  function objectCheck({ required = [], properties = {} }: Schema): string {
    const members = Object.entries(properties).map(([key, part]) => {
      const test = `if (member !== undefined) {\n${check(part)("member")}}`;
      const missing = required.includes(key) ? " else return false;" : "";
      return `member = value[${JSON.stringify(key)}];\n${test}${missing}\n`;
    });
    return `if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
let member;
${members.join("")}`;
  }

  /** A call of a function with those statements; equal parts of the schema share it. */
  function called(statements: string): (value: string) => string {
    const name = functions.get(statements) ?? `check${functions.size}`;
    functions.set(statements, name);
    return (value) => refuse(`!${name}(${value})`);
  }
}

function functionOf(name: string, statements: string): string {
  return `function ${name}(value) {\n${statements}return true;\n}`;
}

function refuse(condition: string): string {
  return `if (${condition}) return false;\n`;
}
