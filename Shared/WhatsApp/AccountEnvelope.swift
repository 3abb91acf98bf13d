// The outer names of an envelope of the lane `account`, for whoever decides whose it is.
import JSONWire

package enum AccountEnvelope {
    /// Meta's field and our kind; empty where the envelope is none.
    package static func names(_ envelope: [UInt8]) -> (field: String, kind: String) {
        guard let root = try? JSONValue(parsing: envelope, duplicates: .kept, loneSurrogates: .replaced)
        else {
            return ("", "")
        }
        return (root["field"]?.text ?? "", root["kind"]?.text ?? "")
    }
}
