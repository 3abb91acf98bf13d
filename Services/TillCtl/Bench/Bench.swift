// placeholder
package extension Commands { static func bench(_ options: Options, isJSON: Bool, isQuick: Bool) async throws {} }
