// The checkout page speaks fewer languages than the chat does; this is the mapping, and nothing else is.
package import Money

/// Languages of the checkout page.
package enum MiaLanguage {
    /// The page's language for a seller's: it knows three, and for the others English is what a customer of
    /// theirs most likely reads.
    package static func page(for language: Language) -> String {
        switch language {
        case .ro: "ro"
        case .ru: "ru"
        case .en, .fr, .de: "en"
        }
    }
}
