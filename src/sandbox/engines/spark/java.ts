import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { EngineUnavailable } from "../../engine.ts";

export interface Java {
  home: string;
  /** As the JDK writes it, e.g. 17.0.15 or 1.8.0_412. */
  version: string;
  major: number;
}

/** Spark 3.5 runs on these (its documentation, "Overview"); newer ones lack what it calls. Best first. */
const supportedMajors = [17, 11, 8];

const fix =
  "Install a JDK 17 (Debian and Ubuntu: apt-get install openjdk-17-jdk-headless; macOS: brew install openjdk@17) or set JAVA_HOME to one.";

/** 1.8.0_412 is 8, 17.0.15+6 is 17, 25-ea is 25. */
export function javaMajor(version: string): number | undefined {
  const numbers = /^(?:1\.)?(\d+)/.exec(version)?.[1];
  return numbers === undefined ? undefined : Number(numbers);
}

/** A JDK that Spark 3.5 runs on; JAVA_HOME and PATH are asked first, then the folders where JDKs usually lie. */
export function findJava(environment: NodeJS.ProcessEnv): Java {
  const seen = candidates(environment).flatMap((home) => readJava(home) ?? []);
  const usable = seen.filter((java) => supportedMajors.includes(java.major));
  const complete = usable.filter((java) => existsSync(join(java.home, "bin", "javac")));
  const [preferred] = complete.filter((java) => java.home === environment.JAVA_HOME);
  const best = preferred ?? supportedMajors.flatMap((major) => complete.filter((java) => java.major === major))[0];
  if (best !== undefined) return best;
  const [runtime] = usable;
  if (runtime !== undefined) {
    throw new EngineUnavailable(`${runtime.home} is a Java runtime without the compiler javac`, fix);
  }
  const others = [...new Set(seen.map((java) => `${java.version} in ${java.home}`))].join(", ");
  throw new EngineUnavailable(
    others === "" ? "no Java was found" : `Spark 3.5 runs on Java 8, 11 or 17; found only ${others}`,
    fix,
  );
}

function readJava(home: string): Java | undefined {
  try {
    const version = /^JAVA_VERSION="([^"]+)"/m.exec(readFileSync(join(home, "release"), "utf8"))?.[1];
    const major = version === undefined ? undefined : javaMajor(version);
    if (version === undefined || major === undefined || !existsSync(join(home, "bin", "java"))) return undefined;
    return { home, version, major };
  } catch {
    return undefined;
  }
}

function candidates(environment: NodeJS.ProcessEnv): string[] {
  const onPath = (environment.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "java"))
    .filter((file) => existsSync(file))
    .map((file) => dirname(dirname(realpathSync(file))));
  const home = environment.HOME ?? "";
  const homes = [
    ...(environment.JAVA_HOME ? [environment.JAVA_HOME] : []),
    // A JDK 8 keeps its java in <home>/jre/bin.
    ...onPath.flatMap((folder) => (folder.endsWith("/jre") ? [dirname(folder)] : [folder])),
    ...macJavaHome(),
    ...children("/usr/lib/jvm"),
    ...children("/opt"),
    ...children("/Library/Java/JavaVirtualMachines").map((folder) => join(folder, "Contents", "Home")),
    "/opt/homebrew/opt/openjdk@17/libexec/openjdk.jdk/Contents/Home",
    "/usr/local/opt/openjdk@17/libexec/openjdk.jdk/Contents/Home",
    ...children(join(home, ".sdkman", "candidates", "java")),
  ];
  return [...new Set(homes)];
}

function macJavaHome(): string[] {
  if (process.platform !== "darwin") return [];
  try {
    return [execFileSync("/usr/libexec/java_home", ["-v", "17"], { encoding: "utf8", stdio: "pipe" }).trim()];
  } catch {
    return [];
  }
}

function children(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
