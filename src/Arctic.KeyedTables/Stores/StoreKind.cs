namespace Arctic.KeyedTables.Stores;

/// <summary>Which of a keyed table's two Iceberg tables.</summary>
internal enum StoreKind
{
    /// <summary>Merged rows; for a table without a key, the table itself.</summary>
    Base,

    /// <summary>Changes that are not merged yet, and those that are and have not been removed.</summary>
    Change,
}

/// <summary>What a file of the mixed format holds (spec/arctic.md, A.4).</summary>
internal enum StoreFileType
{
    /// <summary><c>B</c>: merged rows.</summary>
    Base,

    /// <summary><c>I</c>: rows that were added.</summary>
    Insert,

    /// <summary><c>ED</c>: images of rows that were deleted; a data file to Iceberg.</summary>
    EqualityDelete,

    /// <summary><c>PD</c>: positions of dead rows of a base file.</summary>
    PositionDelete,
}
