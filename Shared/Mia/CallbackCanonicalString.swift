// The text that a callback's signature covers: the values of `result`, ordered by their names. There is no
// list of names here on purpose, because the bank signs whatever it sends.
package import JSONWire

/// Builds the signed text.
package enum CallbackCanonicalString {
    /// Values of `result` sorted by name (by code point), `amount` always with two decimals, everything else
    /// as it was written, null left out, joined with `;`. Throws `duplicateName`, `notText` for an object or
    /// an array, and `badAmount`. A `;` inside a value is not escaped, so ids of ours must not hold one.
    package static func of(_ result: JSONValue) throws(MiaRefusal) -> String {
        // UTF-8 orders bytes as code points are ordered; String's own `<` would not.
        let members = result.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var values: [String] = []
        for (index, member) in members.enumerated() {
            if index > 0, members[index - 1].name.utf8.elementsEqual(member.name.utf8) {
                throw .duplicateName
            }
            if member.name == "amount", !member.value.isNull {
                values.append(try MiaAmount(member: member.value).twoDecimals)
                continue
            }
            switch member.value {
            case .null: continue
            case .string(let text): values.append(text)
            case .number(let number): values.append(number.text)
            case .bool(let flag): values.append(flag ? "true" : "false")
            case .array, .object: throw .notText(member.name)
            }
        }
        return values.joined(separator: ";")
    }
}
