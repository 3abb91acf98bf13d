// Whether a text is JSON at all, before Foundation decides what a file or a cast means: nesting, UTF-8 and, where it
// is asked for, names that occur twice. Foundation's decoder takes one of two equal names without a word, and which
// one is its secret; whoever moves money or trusts a signature by what it read must not depend on that.

extension JSONScanner {
    /// Checks a whole text: one value, nothing behind it. Throws what makes it no JSON, and with `.refused` a name
    /// that occurs twice in one object, however it is written.
    package static func check(
        _ bytes: [UInt8], duplicates: JSONValue.Duplicates = .kept,
        loneSurrogates: LoneSurrogates = .refused
    ) throws(JSONFailure) {
        var scanner = JSONScanner(bytes, loneSurrogates: loneSurrogates)
        switch duplicates {
        case .kept: try scanner.skipValue()
        case .refused: try scanner.checkNames()
        }
        try scanner.finish()
    }

    /// Nesting is bounded by the scanner, and with it this recursion.
    private mutating func checkNames() throws(JSONFailure) {
        switch try peek() {
        case .object:
            var seen = Set<[UInt8]>()
            try enterObject()
            while let name = try nextName() {
                guard seen.insert(decodedBytes(name)).inserted else {
                    throw JSONFailure(.duplicateName, at: name.range.lowerBound)
                }
                try checkNames()
            }
        case .array:
            try enterArray()
            while try nextElement() { try checkNames() }
        case .string, .number, .bool, .null: try skipValue()
        }
    }
}
