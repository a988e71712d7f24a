/** The Spark configuration a job declares, as far as the control plane must know it. */

/** Options of spark-submit that are another spelling of a configuration entry; they win over --conf. */
const optionKeys: Readonly<Record<string, string>> = {
  "--driver-memory": "spark.driver.memory",
  "--driver-cores": "spark.driver.cores",
  "--executor-memory": "spark.executor.memory",
  "--executor-cores": "spark.executor.cores",
  "--num-executors": "spark.executor.instances",
};

export interface DeclaredConf {
  conf: Readonly<Record<string, string>>;
  mainClass?: string;
}

/**
 * @param defaults configurationOverrides of the request: lower precedence than --conf
 */
export function readDeclaredConf(
  sparkSubmitParameters: string,
  defaults: Readonly<Record<string, string>>,
): DeclaredConf {
  const fromConf: Record<string, string> = {};
  const fromOptions: Record<string, string> = {};
  let mainClass: string | undefined;

  // An inline statement stands last and unquoted, so it ends only with the text (section 7 of the API notes).
  const sqlAt = sparkSubmitParameters.indexOf("spark.emr.sql.content=");
  const options = sqlAt < 0 ? sparkSubmitParameters : sparkSubmitParameters.slice(0, sqlAt);
  if (sqlAt >= 0) {
    fromConf["spark.emr.sql.content"] = sparkSubmitParameters.slice(sqlAt + "spark.emr.sql.content=".length);
  }

  const words = splitWords(options);
  for (let position = 0; position < words.length; position += 1) {
    const [option, attached] = splitOption(words[position] ?? "");
    if (!option.startsWith("--")) continue;
    const takesValue = option === "--conf" || option === "-c" || option === "--class" || option in optionKeys;
    if (!takesValue) continue;
    const value = attached ?? words[++position] ?? "";
    const key = optionKeys[option];
    if (key) fromOptions[key] = value;
    else if (option === "--class") mainClass = value;
    else {
      const separator = value.indexOf("=");
      if (separator > 0) fromConf[value.slice(0, separator)] = value.slice(separator + 1);
    }
  }
  return { conf: { ...defaults, ...fromConf, ...fromOptions }, ...(mainClass === undefined ? {} : { mainClass }) };
}

function splitOption(word: string): [option: string, attached: string | undefined] {
  const separator = word.indexOf("=");
  return word.startsWith("--") && separator > 0
    ? [word.slice(0, separator), word.slice(separator + 1)]
    : [word, undefined];
}

/** Splits as a shell does: blanks separate, single and double quotes group, a backslash protects one character. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let position = 0; position < text.length; position += 1) {
    const character = text.charAt(position);
    if (quote) {
      if (character === quote) quote = undefined;
      else if (character === "\\" && quote === '"' && /["\\]/.test(text.charAt(position + 1))) {
        position += 1;
        word += text.charAt(position);
      } else word += character;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word ??= "";
      if (character === '"' || character === "'") quote = character;
      else if (character === "\\" && position + 1 < text.length) {
        position += 1;
        word += text.charAt(position);
      } else word += character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
