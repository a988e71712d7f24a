import { crc32, inflateRawSync } from "node:zlib";

/** ZIP archives as far as exports need them: written without compression, read with or without. */

export interface ZipEntry {
  name: string;
  content: Buffer;
}

const [localHeader, centralHeader, endHeader] = [0x04034b50, 0x02014b50, 0x06054b50] as const;
const [localBytes, centralBytes, endBytes] = [30, 46, 22] as const;

export function writeZip(entries: readonly ZipEntry[]): Buffer {
  const [files, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const { name, content } of entries) {
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    // Names are UTF-8.
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt32LE(0x00210000, 6);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([uint32(localHeader), common, nameBytes, content]);
    const position = Buffer.alloc(14);
    position.writeUInt32LE(offset, 10);
    directory.push(uint32(centralHeader), Buffer.from([20, 0]), common, position, nameBytes);
    files.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(endBytes);
  end.writeUInt32LE(endHeader, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, central, end]);
}

/** undefined: not an archive that can be read. */
export function readZip(archive: Buffer): ZipEntry[] | undefined {
  try {
    const end = archive.lastIndexOf(uint32(endHeader));
    if (end < 0) return undefined;
    const entries: ZipEntry[] = [];
    let at = archive.readUInt32LE(end + 16);
    for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
      if (archive.readUInt32LE(at) !== centralHeader) return undefined;
      const method = archive.readUInt16LE(at + 10);
      const size = archive.readUInt32LE(at + 20);
      const nameLength = archive.readUInt16LE(at + 28);
      const more = archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
      const local = archive.readUInt32LE(at + 42);
      const name = archive.toString("utf8", at + centralBytes, at + centralBytes + nameLength);
      const start = local + localBytes + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const bytes = archive.subarray(start, start + size);
      if (method !== 0 && method !== 8) return undefined;
      const content = method === 8 ? inflateRawSync(bytes, { maxOutputLength: 64 * 1024 * 1024 }) : bytes;
      entries.push({ name, content });
      at += centralBytes + nameLength + more;
    }
    return entries;
  } catch {
    return undefined;
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
