// Text as a C++ string literal, a hundred bytes a line.

// Octal escapes have at most three digits and so end by themselves, unlike hexadecimal ones.
export function cppString(content, indent = "") {
  const bytes = Buffer.from(content, "utf8");
  const lines = [];
  for (let i = 0; i < bytes.length; i += 100) {
    let line = "";
    for (const byte of bytes.subarray(i, i + 100)) {
      const printable = byte >= 32 && byte < 127 && byte !== 34 && byte !== 92 && byte !== 63;
      line += printable ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
    }
    lines.push(`${indent}"${line}"`);
  }
  return lines.length === 0 ? '""' : lines.join("\n");
}
