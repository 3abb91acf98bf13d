// A JSON text read once: every value with its place, its name and its neighbours in one array, for decoders that look
// members up in the order of their own type. One pass checks the whole text (grammar, UTF-8, depth, names that occur
// twice), so that nothing is decoded from a text that another reader could take for something else. Values stay
// bytes until somebody asks.

/// The values of one text, in its order: a container is followed by what is in it.
struct JSONTape: Sendable {
    /// One value. Offsets are into `bytes`; a string's and a name's lie between the quotes.
    struct Node: Sendable {
        var kind: JSONKind
        var isEscaped = false
        var isNameEscaped = false
        var start: Int32 = 0
        var end: Int32 = 0
        var nameStart: Int32 = 0
        var nameEnd: Int32 = 0
        var parent: Int32
        /// The next member or element of the same container; 0 behind the last.
        var next: Int32 = 0
        /// Members or elements.
        var count: Int32 = 0
    }

    /// Objects with more members than this look names up in a table instead of one after the other.
    static let linearMax = 16
    /// Offsets are 32 bits wide. No body of ours comes near.
    private static let bytesMax = 1 << 30

    let bytes: [UInt8]
    private(set) var nodes: [Node] = []

    /// Reads one whole text. Throws what makes it no JSON, and a name that occurs twice, however it is written.
    init(_ text: [UInt8]) throws(JSONFailure) {
        bytes = text
        guard text.count <= Self.bytesMax else { throw JSONFailure(.unexpectedEnd, at: Self.bytesMax) }
        // A member of ours takes some 25 bytes with its name.
        nodes.reserveCapacity(min(1_024, text.count / 16 + 4))
        var scanner = JSONScanner(text)
        try read(&scanner, in: -1)
        try scanner.finish()
    }

    /// Nesting is bounded by the scanner, and with it this recursion.
    private mutating func read(_ scanner: inout JSONScanner, in parent: Int32) throws(JSONFailure) {
        let kind = try scanner.peek()
        let index = Int32(nodes.count)
        nodes.append(Node(kind: kind, parent: parent))
        switch kind {
        case .object: try readMembers(&scanner, of: index)
        case .array:
            try scanner.enterArray()
            var before: Int32 = 0
            while try scanner.nextElement() {
                before = link(before, in: index)
                try read(&scanner, in: index)
            }
        case .string:
            let text = try scanner.string()
            nodes[Int(index)].isEscaped = text.isEscaped
            place(index, text.range)
        case .number, .bool, .null: place(index, try scanner.skipValue())
        }
    }

    private mutating func readMembers(_ scanner: inout JSONScanner, of index: Int32) throws(JSONFailure) {
        var seen = Set<[UInt8]>()
        var before: Int32 = 0
        try scanner.enterObject()
        while let name = try scanner.nextName() {
            if isTaken(name, in: index, scanner, &seen) {
                throw JSONFailure(.duplicateName, at: name.range.lowerBound)
            }
            before = link(before, in: index)
            try read(&scanner, in: index)
            nodes[Int(before)].nameStart = Int32(name.range.lowerBound)
            nodes[Int(before)].nameEnd = Int32(name.range.upperBound)
            nodes[Int(before)].isNameEscaped = name.isEscaped
        }
    }

    private mutating func place(_ index: Int32, _ range: Range<Int>) {
        nodes[Int(index)].start = Int32(range.lowerBound)
        nodes[Int(index)].end = Int32(range.upperBound)
    }

    /// The index of the value that comes next in the container, made known to the one before it.
    private mutating func link(_ before: Int32, in container: Int32) -> Int32 {
        let index = Int32(nodes.count)
        if before > 0 { nodes[Int(before)].next = index }
        nodes[Int(container)].count += 1
        return index
    }

    /// Few names are compared with each other, many by a set, so that a body of names alone costs no square.
    private func isTaken(
        _ name: JSONText, in object: Int32, _ scanner: JSONScanner, _ seen: inout Set<[UInt8]>
    ) -> Bool {
        let count = Int(nodes[Int(object)].count)
        if count < Self.linearMax {
            var at = count == 0 ? 0 : Int(object) + 1
            while at > 0 {
                if isSame(name, nodes[at], scanner) { return true }
                at = Int(nodes[at].next)
            }
            return false
        }
        if seen.isEmpty { for at in children(of: Int(object)) { seen.insert(nameBytes(nodes[at])) } }
        return !seen.insert(scanner.decodedBytes(name)).inserted
    }

    private func isSame(_ name: JSONText, _ node: Node, _ scanner: JSONScanner) -> Bool {
        if name.isEscaped || node.isNameEscaped { return scanner.decodedBytes(name) == nameBytes(node) }
        guard name.range.count == Int(node.nameEnd - node.nameStart) else { return false }
        var other = Int(node.nameStart)
        for at in name.range {
            if bytes[at] != bytes[other] { return false }
            other += 1
        }
        return true
    }
}

extension JSONTape {
    /// The values in a container, in order.
    func children(of container: Int) -> [Int] {
        var found: [Int] = []
        found.reserveCapacity(Int(nodes[container].count))
        var at = first(in: container)
        while at > 0 {
            found.append(at)
            at = Int(nodes[at].next)
        }
        return found
    }

    /// The first value in a container; 0 where there is none.
    func first(in container: Int) -> Int { nodes[container].count == 0 ? 0 : container + 1 }

    /// The member of that name; nil where the object has none.
    func member(_ name: String, of object: Int) -> Int? {
        var at = first(in: object)
        while at > 0 {
            if isNamed(nodes[at], name) { return at }
            at = Int(nodes[at].next)
        }
        return nil
    }

    private func isNamed(_ node: Node, _ name: String) -> Bool {
        if node.isNameEscaped { return nameBytes(node).elementsEqual(name.utf8) }
        let name = name.utf8
        guard name.count == Int(node.nameEnd - node.nameStart) else { return false }
        var at = Int(node.nameStart)
        for byte in name {
            if bytes[at] != byte { return false }
            at += 1
        }
        return true
    }

    /// A member's name, escapes resolved.
    func nameBytes(_ node: Node) -> [UInt8] {
        decoded(Int(node.nameStart)..<Int(node.nameEnd), isEscaped: node.isNameEscaped)
    }

    func name(_ index: Int) -> String { String(decoding: nameBytes(nodes[index]), as: UTF8.self) }

    /// What a string says, escapes resolved. A scanned string is valid UTF-8, so nothing is replaced.
    func text(_ index: Int) -> String {
        let node = nodes[index]
        let range = Int(node.start)..<Int(node.end)
        guard node.isEscaped else { return String(decoding: bytes[range], as: UTF8.self) }
        return String(decoding: decoded(range, isEscaped: true), as: UTF8.self)
    }

    /// A number or a literal as it was written.
    func literal(_ index: Int) -> ArraySlice<UInt8> {
        bytes[Int(nodes[index].start)..<Int(nodes[index].end)]
    }

    private func decoded(_ range: Range<Int>, isEscaped: Bool) -> [UInt8] {
        guard isEscaped else { return Array(bytes[range]) }
        var out: [UInt8] = []
        out.reserveCapacity(range.count)
        JSONLexer.decode(bytes.span, range, into: &out)
        return out
    }
}
