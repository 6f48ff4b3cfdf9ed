namespace Arctic.KeyedTables;

/// <summary>
/// The place of a row in a table's history, which the format calls LSN: compared by transaction, then by offset. A row is dead once a delete of its key has a
/// <em>greater</em> one; the two images of an update share theirs, so that the new image outlives the delete of the old one.
/// </summary>
/// <param name="Transaction">The data sequence number of the row's file in the change store, or the transaction id in the name of a base file.</param>
/// <param name="Offset">The row's <c>_file_offset</c>; <see cref="BaseOffset"/> for rows of base files.</param>
internal readonly record struct ChangeSequence(long Transaction, long Offset) : IComparable<ChangeSequence>
{
    /// <summary>The offset of every row of a base file: behind all changes that were merged into it.</summary>
    public const long BaseOffset = long.MaxValue;

    /// <inheritdoc/>
    public int CompareTo(ChangeSequence other) => Transaction != other.Transaction ? Transaction.CompareTo(other.Transaction) : Offset.CompareTo(other.Offset);

    /// <summary>Whether the left place is behind the right one.</summary>
    public static bool operator >(ChangeSequence left, ChangeSequence right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left place is before the right one.</summary>
    public static bool operator <(ChangeSequence left, ChangeSequence right) => left.CompareTo(right) < 0;
}
