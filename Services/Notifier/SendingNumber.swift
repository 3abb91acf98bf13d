// One WhatsApp business number as the sender needs it. The token is read once at start and never printed.
import Copy
import Lifecycle
import Sealing

/// A business number that messages can be sent from.
struct SendingNumber: Sendable {
    let phoneNumberId: String
    /// The business account whose templates it sends.
    let wabaId: String
    let accessToken: Secret
    let place: WallClock

    init(phoneNumberId: String, wabaId: String, accessToken: Secret, place: WallClock) {
        self.phoneNumberId = phoneNumberId
        self.wabaId = wabaId
        self.accessToken = accessToken
        self.place = place
    }

    /// Throws a sentence that names the token's file when it cannot be read, or the time zone whose rule we do
    /// not know: a receipt with the wrong hour on it is worse than no start.
    init(_ entry: NumberEntry, _ file: TillFile) throws(ConfigurationProblems) {
        phoneNumberId = entry.phoneNumberId
        wabaId = entry.wabaId
        accessToken = try file.readSecret(entry.accessTokenFile)
        guard let place = WallClock(rawValue: entry.timeZone) else {
            let known = WallClock.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationProblems(sentences: [
                "till.json: timeZone of number \(entry.phoneNumberId) must be one of \(known)"
            ])
        }
        self.place = place
    }
}
