public import BackupPolicy

/// Something in a public text that must not be published.
public struct LintFinding: Hashable, Sendable {
  /// What it is.
  public enum Kind: String, Hashable, CaseIterable, Sendable {
    /// A file path or a web path.
    case path
    /// The name of a machine, or an address of one or of a person.
    case host
    /// An IP address.
    case address
    /// A time of day.
    case clockTime
    /// A size in bytes.
    case size
    /// A version number.
    case version
    /// A provider of storage or a product.
    case provider
    /// A number that none of the sentences has.
    case number
    /// A claim that nothing can bear out.
    case absolute
    /// A place where something was to be filled in.
    case placeholder
    /// Something that the caller named as secret.
    case secret
  }

  /// What it is.
  public let kind: Kind
  /// The word in which it stands.
  public let text: String
}

extension PublicStatement {
  /// Claims that no generated text makes, in lower case; also beginnings of words.
  public static let absolutes = [
    "compliant", "altijd", "nooit", "gegarandeerd", "garantie", "garandeer", "waterdicht",
    "onkraakbaar", "always", "never", "guarantee", "unbreakable", "foolproof", "avg-proof",
    "gdpr-proof", "100%", "100 %", "volledig veilig", "helemaal veilig", "fully secure",
    "completely safe", "absoluut", "absolutely",
  ]

  /// Providers and products whose names say where or with what copies are kept, in lower case.
  static let providers: Set<String> = [
    "acronis", "amazon", "aws", "azure", "backblaze", "bareos", "borg", "cloudflare", "contabo",
    "digitalocean", "dropbox", "duplicati", "glacier", "google", "hetzner", "icloud", "ionos",
    "kopia", "leaseweb", "microsoft", "minio", "nightsafe", "onedrive", "ovh", "proxmox", "qnap",
    "restic", "rustic", "s3", "scaleway", "seaweedfs", "sftp", "storj", "strato", "synology",
    "transip", "veeam", "wasabi",
  ]

  /// Looks for what must not be published: paths, hosts, addresses, times of day, sizes, versions,
  /// providers, other counts than the sentences have, absolute claims, empty places.
  ///
  /// - Parameters:
  ///   - allowed: Texts that the firm chose to publish; only empty places are looked for in them.
  ///   - secrets: Texts that must not occur, such as ``secrets(of:)``.
  public static func lint(
    _ text: String, allowing allowed: [String] = [], forbidding secrets: [String] = []
  ) -> [LintFinding] {
    var findings: [LintFinding] = []
    if let place = text.first(where: { "<>{}".contains($0) }) {
      findings.append(LintFinding(kind: .placeholder, text: String(place)))
    }
    let longestFirst = allowed.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
    let rest = longestFirst.reduce(text) { $0.replacing($1, with: "§") }
    let lower = rest.lowercased()
    for claim in absolutes where lower.contains(claim) {
      findings.append(LintFinding(kind: .absolute, text: claim))
    }
    for secret in secrets where lower.contains(secret.lowercased()) {
      findings.append(LintFinding(kind: .secret, text: secret))
    }
    let words = lower.split(whereSeparator: \.isWhitespace).map(Word.init)
    for index in words.indices {
      if let kind = kind(of: words, at: index) {
        findings.append(LintFinding(kind: kind, text: words[index].raw))
      }
    }
    return findings
  }

  /// What a policy says that must not stand in a public text: places, providers, sources.
  public static func secrets(of policy: Policy) -> [String] {
    var secrets = [policy.repository.location, policy.night.zone]
    secrets += [policy.repository.region, policy.repository.endpoint].compactMap { $0 }
    secrets += policy.locations.flatMap { [$0.name, $0.provider ?? ""] }
    secrets += policy.contracts.filter { !$0.isNamePublic }.map(\.name)
    secrets += policy.dataSets.flatMap(\.sourcePaths)
    return secrets.filter { $0.utf8.count >= 3 }
  }

  private static func kind(of words: [Word], at index: Int) -> LintFinding.Kind? {
    let word = words[index]
    if word.isPath { return .path }
    if word.isIPAddress { return .address }
    if word.isClockTime || word.isHourWord { return .clockTime }
    if word.isHost { return .host }
    if word.isVersion { return .version }
    if providers.contains(word.core) { return .provider }
    guard word.hasDigit else { return nil }
    let next = index + 1 < words.count ? words[index + 1].core : ""
    let isReference =
      index > 0 && ["kenmerk", "reference"].contains(words[index - 1].core)
    // A reference is sixteen hexadecimal digits, which may end like a size.
    if !isReference, word.isSize || Word.sizeUnits.contains(next) { return .size }
    return isAllowedNumber(words, at: index) ? nil : .number
  }

  /// Whether a number stands in one of the forms that the sentences have.
  private static func isAllowedNumber(_ words: [Word], at index: Int) -> Bool {
    func core(_ offset: Int) -> String {
      words.indices.contains(index + offset) ? words[index + offset].core : ""
    }
    let word = words[index].core
    if ["kenmerk", "reference"].contains(core(-1)) {
      return word.utf8.count == 16 && word.utf8.allSatisfy(Word.isHexDigit)
    }
    // 4e kwartaal van 2026
    if core(1) == "kwartaal", ["1e", "2e", "3e", "4e"].contains(word) { return true }
    guard let number = Int(word), number >= 0 else { return false }
    let isYear = (2000...2199).contains(number)
    if isYear, core(-2) == "kwartaal", core(-1) == "van" { return true }
    // quarter 4 of 2026
    if core(-1) == "quarter", core(1) == "of", (1...4).contains(number) { return true }
    if isYear, core(-3) == "quarter", core(-1) == "of" { return true }
    // 21 november 2026
    if isYear, Word.months.contains(core(-1)) { return true }
    if (1...31).contains(number), Word.months.contains(core(1)) { return true }
    if Word.monthUnits.contains(core(1)) { return true }
    // op 364 van de 365 nachten; on 364 of 365 nights
    if core(-1) == "op", core(1) == "van", core(2) == "de", core(4) == "nachten" { return true }
    if core(-1) == "de", core(-2) == "van", core(1) == "nachten" { return true }
    if core(-1) == "on", core(1) == "of", core(3) == "nights" { return true }
    return core(-1) == "of" && core(-3) == "on" && core(1) == "nights"
  }
}
