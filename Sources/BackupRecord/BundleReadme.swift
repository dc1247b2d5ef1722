public import BackupFormat
public import BackupLog

/// What a bundle says of itself to whoever opens it, in Dutch and English.
public struct BundleReadme: Sendable {
  private let repository: RepositoryID
  private let head: LogHead
  private let nights: ClosedRange<BackupLog.Night>
  private let editions: [String]
  private let closedCount: Int
  private let findings: String
  private let signers: [NoteKey]
  private let stampCount: Int

  /// - Parameters:
  ///   - editions: Which editions lie in it, by name.
  ///   - closedCount: How many the maker could not open, or that are gone.
  ///   - level: How far the verification went.
  ///   - findingCount: What it found.
  ///   - signers: The keys that may sign the head of the log.
  ///   - stampCount: How many time stamps of outside authorities lie in the log.
  public init(
    repository: RepositoryID, head: LogHead, nights: ClosedRange<BackupLog.Night>,
    editions: [String], closedCount: Int, level: String, findingCount: Int, signers: [NoteKey],
    stampCount: Int
  ) {
    self.repository = repository
    self.head = head
    self.nights = nights
    self.editions = editions
    self.closedCount = closedCount
    findings = "\(level), \(findingCount)"
    self.signers = signers
    self.stampCount = stampCount
  }

  /// The text.
  public var text: String { dutch + "\n" + String(repeating: "-", count: 72) + "\n\n" + english }

  private var list: String { editions.joined(separator: ", ") }
  private var keys: String { signers.map { "  \($0.text)\n" }.joined() }

  private var commands: String {
    """
      nightsafe-verifier log --repository repository --id ID
      nightsafe-verifier edition check editions/\(nights.upperBound).public.json --repository repository --id ID
      nightsafe-verifier edition check editions/\(nights.upperBound).public.json --id ID \\
        --proof proofs/\(nights.upperBound).tlog-proof --signed-by KEY
    \(stampCommand)
    """
  }

  /// With a line's end; nothing where there is nothing to check.
  private var stampCommand: String {
    stampCount == 0
      ? ""
      : "  nightsafe-verifier timestamp check --repository repository --id ID --ca AUTHORITY.pem\n"
  }

  private var dutch: String {
    """
    DOSSIER VAN DE RESERVEKOPIEËN

    Kenmerk van de bewaarplaats (ID): \(repository.hex)
    Nachten: \(nights.lowerBound) tot en met \(nights.upperBound)
    Edities: \(list); niet te openen of niet meer bewaard: \(closedCount)
    Logboek: \(head.size) regels, wortel \(head.root.hex)
    Tijdstempels van buitenstaanders in het logboek: \(stampCount)
    Controle bij het maken (niveau, bevindingen): \(findings)

    Hierin liggen het logboek met zijn ondertekende standen (repository), de edities van de
    verslagen (editions), een bewijs per nacht (proofs), de uitkomst van de controle en leesbare
    verslagen (reports), en de beschrijving van alle vormen (schemas). De reservekopieën zelf
    liggen er niet in. Ook ontbreekt hierin wat na deze stand in het logboek kwam, zoals de regel
    dat dit dossier is gemaakt (disclosed, met de SHA-256 van het verzegelde bestand).

    Zelf controleren, met een programma van een ander of dit:

    \(commands)
    Vraag de ID en de sleutels hieronder ook langs een andere weg op; wie ze alleen uit dit dossier
    kent, controleert het dossier met zichzelf. Sleutels die de stand van het logboek tekenen:

    \(keys)
    Het niveau zegt hoe ver een controle ging: L0 aanwezig en van de juiste grootte, L1 elke byte
    als getekend, L2 geopend, L3 teruggezet en vergeleken, L4 door een mens gebruikt. Wat alleen is
    verklaard of niet is gemeten, staat er als zodanig.

    """
  }

  private var english: String {
    """
    FILE ON THE BACKUPS

    Repository (ID): \(repository.hex)
    Nights: \(nights.lowerBound) through \(nights.upperBound)
    Editions: \(list); not opened, or kept no longer: \(closedCount)
    Log: \(head.size) entries, root \(head.root.hex)
    Time stamps of outside authorities in the log: \(stampCount)
    Verification when this was made (level, findings): \(findings)

    In here lie the log with its signed heads (repository), the editions of the records (editions),
    a proof for each night (proofs), the outcome of the verification and reports for people
    (reports), and the description of all forms (schemas). The backups themselves are not in it.
    Nor is what came into the log after this head, such as the statement that this file was made
    (disclosed, with the SHA-256 of the sealed file).

    Check it yourself, with a program of others or with this one:

    \(commands)
    Ask for the ID and the keys below by another way too; who knows them from this file alone
    checks the file with itself. Keys that sign heads of the log:

    \(keys)
    The level says how far a check went: L0 present and of the right size, L1 every byte as signed,
    L2 opened, L3 restored and compared, L4 used by a person. What is only declared, or was not
    measured, is told as such.

    """
  }
}
