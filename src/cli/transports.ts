import type { DliConnection } from "../clouds/dli/transport.ts";
import { createEmrTransport } from "../clouds/emr/transport.ts";
import type { KyuubiTransport } from "../clouds/kyuubi/transport.ts";
import type { ObsProfile } from "../clouds/obs/transport.ts";
import { createOssTransport } from "../clouds/storage/oss-transport.ts";
import type { CloudAnswer, CloudTransport } from "../clouds/transport.ts";
import type { Cloud } from "../operations/types.ts";
import type { SandboxHandle } from "./sandbox-handle.ts";
import type { Target } from "./target.ts";

type EmrTarget = Extract<Target, { kind: "cloud" }>;
type DliTarget = Extract<Target, { kind: "dli" }>;
type TransportOf = (cloud: Cloud) => Promise<CloudTransport>;

export interface Transports {
  of: TransportOf;
  close(): Promise<void>;
}

/**
 * How to reach each cloud of a target.
 * @param tokenFor the token kept for a Kyuubi service
 */
export function openTransports(
  target: Target,
  sandbox: SandboxHandle | undefined,
  tokenFor: (kyuubiServiceId: string) => string | undefined,
): Transports {
  const others =
    target.kind === "sandbox"
      ? sandboxTransports(sandbox)
      : target.kind === "dli"
        ? dliTransports(target)
        : emrTransports(target);
  let kyuubi: Promise<KyuubiTransport> | undefined;
  const openKyuubi = async () => {
    const { createKyuubiTransport } = await import("../clouds/kyuubi/transport.ts");
    return createKyuubiTransport({
      emr: () => others("emr"),
      regionId: target.profile.regionId,
      reach: isNear(target.profile.endpoint) ? "inner" : "public",
      tokenFor,
    });
  };
  return {
    of(cloud) {
      if (cloud !== "kyuubi") return others(cloud);
      kyuubi ??= openKyuubi();
      return kyuubi;
    },
    close: async () => (await kyuubi)?.close(),
  };
}

/** On this machine or within the VPC. */
function isNear(endpoint: string): boolean {
  return /-vpc\.|^this machine$|^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(endpoint);
}

function emrTransports(target: EmrTarget): TransportOf {
  const emr = createEmrTransport(target.emr);
  const oss = createOssTransport(async () => {
    const { credentials } = target.emr;
    if (credentials.kind !== "pair") {
      throw new Error("storage calls need ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    }
    return {
      regionId: target.profile.regionId,
      ...(target.ossEndpoint !== undefined && { endpoint: target.ossEndpoint }),
      accessKeyId: credentials.accessKeyId,
      accessKeySecret: credentials.accessKeySecret,
      ...(credentials.securityToken !== undefined && { securityToken: credentials.securityToken }),
    };
  });
  return async (cloud) => {
    if (cloud === "dli" || cloud === "obs") throw otherCloud(cloud, target);
    return cloud === "oss" ? oss : emr;
  };
}

function dliTransports(target: DliTarget): TransportOf {
  const { dli, profile } = target;
  const { regionId, projectId } = profile;
  const opened = new Map<Cloud, Promise<CloudTransport>>();
  const open = (cloud: Cloud): Promise<CloudTransport> => {
    if (cloud === "dli") return dliTransport({ ...dli, ...(projectId !== undefined && { projectId }) });
    if (cloud !== "obs") throw otherCloud(cloud, target);
    const endpoint = dli.obsEndpoint;
    return obsTransport({ regionId, ...(endpoint !== undefined && { endpoint }), credentials: dli.credentials });
  };
  return async (cloud) => {
    const known = opened.get(cloud) ?? open(cloud);
    opened.set(cloud, known);
    return known;
  };
}

/** Loaded by those alone who speak to it. */
async function dliTransport(connection: DliConnection): Promise<CloudTransport> {
  return (await import("../clouds/dli/transport.ts")).createDliTransport(connection);
}

async function obsTransport(profile: ObsProfile): Promise<CloudTransport> {
  return (await import("../clouds/obs/transport.ts")).createObsTransport(async () => profile);
}

/** A rule of the other cloud would be needed to get this far, and a profile loads those of its own alone. */
function otherCloud(cloud: Cloud, { profile }: Target): TypeError {
  return new TypeError(`the profile ${profile.name} does not speak to ${cloud}`);
}

const nobodysProject = "0".repeat(32);

/**
 * Starts or joins the sandbox on the first call. The process that owned it may be gone by the next one, so an
 * unreachable sandbox is looked for, or started, once more.
 */
function sandboxTransports(sandbox: SandboxHandle | undefined): TransportOf {
  if (!sandbox) throw new TypeError("a sandbox target comes with its sandbox");
  const open = async (cloud: Cloud): Promise<CloudTransport> => {
    const connection = await sandbox.connection();
    const { accessKeyId, accessKeySecret, regionId, dliEndpoint, obsEndpoint, projectId } = connection;
    const key = { kind: "key", accessKeyId, secretAccessKey: accessKeySecret } as const;
    if (cloud === "dli") {
      if (dliEndpoint === undefined) throw new Error("it runs without DLI");
      const here = { host: dliEndpoint, protocol: "http" } as const;
      const hosts = { dli: here, iam: here, ces: here, cts: here };
      return dliTransport({ hosts, credentials: key, ...(projectId !== undefined && { projectId }) });
    }
    if (cloud === "obs") {
      return obsTransport({
        regionId: connection.dliRegionId ?? regionId,
        credentials: key,
        ...(obsEndpoint !== undefined && { endpoint: `http://${obsEndpoint}` }),
      });
    }
    if (cloud === "emr") {
      return createEmrTransport({
        host: connection.emrEndpoint,
        protocol: "http",
        credentials: { kind: "pair", accessKeyId, accessKeySecret },
      });
    }
    const endpoint = connection.ossEndpoint;
    return createOssTransport(async () => ({
      regionId,
      accessKeyId,
      accessKeySecret,
      ...(endpoint !== undefined && { endpoint }),
    }));
  };
  const opened = new Map<Cloud, Promise<CloudTransport>>();
  const get = (cloud: Cloud) => {
    const known = opened.get(cloud);
    if (known) return known;
    const fresh = open(cloud);
    opened.set(cloud, fresh);
    fresh.catch(() => opened.delete(cloud));
    return fresh;
  };
  const send = async (
    cloud: Cloud,
    ...[request, options]: Parameters<CloudTransport["send"]>
  ): Promise<CloudAnswer> => {
    try {
      return await (await get(cloud)).send(request, options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: "not-sent", reason: "unreachable", message: `the sandbox cannot be started: ${reason}` };
    }
  };
  /** Where none is to be had, the request cannot leave either, which is what `send` then says. */
  const projectOf = (cloud: Cloud) =>
    cloud === "dli"
      ? get(cloud).then(
          ({ projectId }) => projectId,
          () => nobodysProject,
        )
      : undefined;
  return async (cloud) => {
    const projectId = await projectOf(cloud);
    return {
      ...(projectId !== undefined && { projectId }),
      async send(request, options) {
        const answer = await send(cloud, request, options);
        if (answer.kind !== "not-sent" || answer.reason !== "unreachable") return answer;
        opened.clear();
        sandbox.forget();
        return send(cloud, request, options);
      },
    };
  };
}
