// Why a text of the miaPOS e-commerce API cannot be used. Never a byte of the text itself: such texts hold
// tokens, and refusals end in logs.
package import JSONWire

/// A body of the API that we do not accept, thrown by every `init(parsing:)` of this module.
package enum MiaRefusal: Error, Sendable, Equatable {
    /// No JSON, or a member name twice in one object.
    case notJSON(JSONFailure)
    /// A member that must be there is missing, null, empty or of another type.
    case missing(String)
    /// An amount that is no number, is negative, has more than two decimals, or is too large.
    case badAmount
    /// A currency that is not three capital letters, or whose minor unit the amount does not fit.
    case badCurrency
    /// A signed value that has no text: an object or an array inside `result`.
    case notText(String)
    /// The same name twice inside `result`: two readers could check one and use the other.
    case duplicateName
}

extension MiaRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notJSON(let failure): failure.description
        case .missing(let name): "\(name) is missing"
        case .badAmount: "amount is not a number with at most two decimals"
        case .badCurrency: "currency is not an ISO 4217 code, or does not fit the amount"
        case .notText(let name): "\(name) has no text form"
        case .duplicateName: "a name occurs twice"
        }
    }
}

extension JSONValue {
    /// One object, or the refusal. Used by every type of this module.
    static func miaObject(_ bytes: [UInt8]) throws(MiaRefusal) -> JSONValue {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            if error.reason == .duplicateName { throw .duplicateName }
            throw .notJSON(error)
        }
        guard case .object = value else { throw .notJSON(JSONFailure(.notAnObject, at: 0)) }
        return value
    }

    /// The text of a member that must be there and not empty.
    func required(_ name: String) throws(MiaRefusal) -> String {
        guard let text = self[name]?.filledText else { throw .missing(name) }
        return text
    }
}
