import type { Handler } from "./context.ts";

export interface Release {
  releaseVersion: string;
  displayReleaseVersion: string;
  communityVersion: string;
  scalaVersion: string;
}

/**
 * The EMR versions that the engine here stands for: Spark 3.5, Scala 2.12, JDK 17 (4.5.0 and later). All of them run on
 * the one Spark that the sandbox has. No Fusion, which is not open source.
 */
export const releases: readonly Release[] = ["4.7.0", "4.6.0", "4.5.0"].map((version) => ({
  releaseVersion: `esr-${version} (Spark 3.5.2, Scala 2.12, Java Runtime)`,
  displayReleaseVersion: `esr-${version} (Spark 3.5.2, Scala 2.12)`,
  communityVersion: "Spark 3.5.2",
  scalaVersion: "2.12",
}));

/** When the list of the sandbox was fixed; the real dates are not public. */
const listedSince = Date.UTC(2026, 0, 1);

export function findRelease(releaseVersion?: string, displayReleaseVersion?: string): Release | undefined {
  if (releaseVersion) return releases.find((release) => release.releaseVersion === releaseVersion);
  if (displayReleaseVersion) {
    return releases.find((release) => release.displayReleaseVersion === displayReleaseVersion);
  }
  return releases[0];
}

export const listReleaseVersions: Handler<"ListReleaseVersions"> = (input) => {
  const matching = releases.filter(
    (release) =>
      (!input.releaseVersion || release.releaseVersion === input.releaseVersion) &&
      (!input.releaseType || input.releaseType === "stable") &&
      (!input.releaseVersionStatus || input.releaseVersionStatus === "ONLINE"),
  );
  return {
    body: {
      maxResults: matching.length,
      totalCount: matching.length,
      releaseVersions: matching.map((release) => ({
        ...release,
        cpuArchitectures: ["x86_64"],
        fusion: false,
        gmtCreate: listedSince,
        iaasType: "ASI",
        isCustom: false,
        state: "ONLINE",
        type: "stable",
      })),
    },
  };
};
