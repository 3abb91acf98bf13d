// Reads the tables of Tests/Vectors/http: one case a line, columns parted by `=>`, `#` starts a comment line.
// Bytes are written with \r \n \t \0 and \xNN.
import FoundationEssentials

enum OwnTable {
    /// The columns of every line, without surrounding blanks.
    static func rows(_ name: String) -> [[String]] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
            .standardized
        let path = root.appending(path: "Tests/Vectors").appending(path: name).path
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            line.split(separator: "=>", omittingEmptySubsequences: false).map { column in
                var column = column.drop { $0 == " " }
                while column.last == " " { column.removeLast() }
                return String(column)
            }
        }
    }

    /// The octets of a column.
    static func octets(_ column: String) -> [UInt8] {
        var out: [UInt8] = []
        var rest = Array(column.utf8)[...]
        let known: [UInt8: UInt8] = [114: 13, 110: 10, 116: 9, 48: 0, 92: 92]
        while let octet = rest.popFirst() {
            guard octet == 92, let next = rest.popFirst() else {
                out.append(octet)
                continue
            }
            if next == 120, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                rest.removeFirst(2)
                out.append(value)
            } else {
                out.append(known[next] ?? next)
            }
        }
        return out
    }
}
