using Arctic.Iceberg.Spec;

namespace Arctic.InteropTests.Family;

/// <summary>
/// What one generated table is about. Systematic first: counted up, the plans go through every type with every transform that takes it, every kind of delete with every
/// step of evolution, and the format versions; what is left over is random.
/// </summary>
/// <param name="Index">Its place in the family.</param>
/// <param name="Seed">The family's seed; seed and index make the table.</param>
internal sealed record FamilyPlan(int Index, int Seed)
{
    /// <summary>Types of columns, all that every format version has.</summary>
    public static readonly IReadOnlyList<IcebergType> Types =
    [
        IcebergTypes.Boolean, IcebergTypes.Int, IcebergTypes.Long, IcebergTypes.Float, IcebergTypes.Double, new IcebergType.Decimal(9, 2), new IcebergType.Decimal(18, 4), new IcebergType.Decimal(38, 10),
        IcebergTypes.Date, IcebergTypes.Time, IcebergTypes.Timestamp, IcebergTypes.TimestampTz, IcebergTypes.String, IcebergTypes.Uuid, new IcebergType.Fixed(4), IcebergTypes.Binary,
    ];

    private static readonly IReadOnlyList<(IcebergType? Type, Transform? Transform)> Partitionings = [(null, null), .. Types.SelectMany(t => TransformsOf(t).Select(f => ((IcebergType?)t, (Transform?)f)))];
    private static readonly DeleteKind[] Deletes = Enum.GetValues<DeleteKind>();
    private static readonly EvolutionStep[] Evolutions = Enum.GetValues<EvolutionStep>();

    /// <summary>The type of the partition's source column, and its transform; null for a table without partitions.</summary>
    public (IcebergType? Type, Transform? Transform) Partitioning => Partitionings[Index % Partitionings.Count];

    /// <summary>How rows are deleted. Format version 1 has no delete files.</summary>
    public DeleteKind Delete => FormatVersion == 1 && Wanted is not (DeleteKind.None or DeleteKind.Overwrite) ? DeleteKind.CopyOnWrite : Wanted;

    /// <summary>What is changed between two commits of rows.</summary>
    public EvolutionStep Evolution => Evolutions[Combination / Deletes.Length % Evolutions.Length];

    /// <summary>The version that the table begins with.</summary>
    public int FormatVersion => Evolution == EvolutionStep.AddColumnWithDefault ? 3 : (Index % 5) switch { 1 => 1, 3 => 3, _ => 2 };

    /// <summary>What it is called.</summary>
    public string Name => $"t{Index:D3}";

    /// <summary>The source of everything that is not planned.</summary>
    public Random NewRandom() => new((Seed * 100_003) + Index);

    /// <summary>How often each pair of the systematic part occurs among the first plans.</summary>
    public static IEnumerable<string> CoverageOf(IReadOnlyCollection<FamilyPlan> plans)
    {
        yield return $"type × transform: {plans.Select(p => p.Partitioning).Distinct().Count()} of {Partitionings.Count}";
        yield return $"delete × evolution: {plans.Select(p => (p.Wanted, p.Evolution)).Distinct().Count()} of {Deletes.Length * Evolutions.Length}";
        yield return $"format versions: {string.Join(", ", plans.GroupBy(p => p.FormatVersion).OrderBy(g => g.Key).Select(g => $"v{g.Key} {g.Count()}"))}";
    }

    public override string ToString() =>
        $"{Name} (seed {Seed}): v{FormatVersion}, {(Partitioning.Type is null ? "unpartitioned" : $"{Partitioning.Transform}({Partitioning.Type})")}, {Delete}, {Evolution}";

    private DeleteKind Wanted => Deletes[Combination % Deletes.Length];

    // A step that shares no factor with the number of combinations, so that neighbours differ in both; shifted each time that the partitionings begin anew, so that each meets others.
    private int Combination => ((Index * 31) + (Index / Partitionings.Count * 17)) % (Deletes.Length * Evolutions.Length);

    private static IEnumerable<Transform> TransformsOf(IcebergType type)
    {
        yield return new Transform.Identity();
        if (type is not (IcebergType.Boolean or IcebergType.Float or IcebergType.Double))
        {
            yield return new Transform.Bucket(4);
        }

        if (type is IcebergType.Int or IcebergType.Long or IcebergType.Decimal or IcebergType.String or IcebergType.Binary)
        {
            yield return new Transform.Truncate(type is IcebergType.String or IcebergType.Binary ? 2 : 10);
        }

        if (type is IcebergType.Date or IcebergType.Timestamp or IcebergType.TimestampTz)
        {
            yield return new Transform.Year();
            yield return new Transform.Month();
            yield return new Transform.Day();
        }

        if (type is IcebergType.Timestamp or IcebergType.TimestampTz)
        {
            yield return new Transform.Hour();
        }

        yield return new Transform.Void();
    }
}

/// <summary>How rows of a table are deleted.</summary>
internal enum DeleteKind
{
    None,

    /// <summary>Files are written anew.</summary>
    CopyOnWrite,

    /// <summary>Position delete files in version 2, deletion vectors in version 3.</summary>
    MergeOnRead,

    /// <summary>Equality deletes by the row's id.</summary>
    EqualityById,

    /// <summary>Equality deletes by another column, which is never null.</summary>
    EqualityByValue,

    /// <summary>Equality deletes by a column with null among its values.</summary>
    EqualityByValueOrNull,

    /// <summary>Equality deletes, then positions of the same files.</summary>
    EqualityThenPositions,

    /// <summary>All rows are replaced.</summary>
    Overwrite,
}

/// <summary>What is changed of a table between two commits of rows.</summary>
internal enum EvolutionStep
{
    None,
    AddColumn,
    AddColumnWithDefault,
    DropColumn,
    RenameColumn,
    WidenColumns,
    MoveColumns,
    MakeOptional,
    AddNestedField,
    DropAndRenameNestedFields,
    AddPartitionField,
    RemovePartitionField,
    ReplaceSortOrder,
    UpgradeFormatVersion,
    ChangeProperties,
    ManageReferences,
}
