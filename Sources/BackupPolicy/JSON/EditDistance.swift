/// Finds the word somebody meant.
enum EditDistance {
  /// The longest word compared; no key is longer.
  static let characterCountMax = 64

  /// The candidate nearest to a word, if it is near enough to be meant.
  ///
  /// Upper and lower case do not differ. Near enough is a third of the word's length, and at least
  /// two edits for words of four letters or more.
  static func nearest(to word: String, among candidates: [String]) -> String? {
    guard word.count <= characterCountMax else { return nil }
    let limit = word.count < 4 ? 1 : max(2, word.count / 3)
    return candidates.map { ($0, distance(word.lowercased(), $0.lowercased())) }
      .filter { $0.1 <= limit }
      .min { $0.1 < $1.1 }?.0
  }

  /// The number of letters put in, taken out, replaced, or swapped with their neighbour
  /// (optimal string alignment).
  static func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left)
    let right = Array(right)
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let isSame = left[row] == right[column]
        var best = min(
          last[column + 1] + 1, current[column] + 1, last[column] + (isSame ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
