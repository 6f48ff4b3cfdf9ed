using Arctic.Iceberg.Spec;

namespace Arctic.InteropTests.Family;

/// <summary>What the outside engines cannot read, by what a table has; each is counted and printed. The engines are those of <c>test/judge/package.json</c>.</summary>
internal static class FamilyLimits
{
    /// <summary>Why an engine is not asked for a table; null when it is.</summary>
    public static string? Of(string engine, FamilyTable table) => engine == "clickhouse" ? OfClickHouse(table) : OfIcebird(table);

    /// <summary>Why an engine's refusal is a limit of its own that no property of the table foretells; null when it is not.</summary>
    public static string? OfRefusal(string engine, string? refusal) =>
        engine == "icebird" && refusal == "offset is out of bounds" ? "its inflate takes bytes behind the end of some deflate blocks of manifests for another stream (\"offset is out of bounds\" in gunzip)" : null;

    private static string? OfClickHouse(FamilyTable table) =>
        HasVectors(table) ? "it does not read deletion vectors"
        : table.Plan.Evolution == EvolutionStep.AddColumnWithDefault ? "it does not read columns with defaults"
        : table.Plan.Evolution is EvolutionStep.DropColumn or EvolutionStep.DropAndRenameNestedFields
            ? "it refuses files with columns that were dropped since (\"has column w_float with field_id 5 that is not in datalake metadata\", though manifest and snapshot name the schema that has it)"
        : table.Plan is { Delete: DeleteKind.EqualityByValue, Evolution: EvolutionStep.RenameColumn } ? "it finds the columns of equality deletes by their names"
        : table.Plan.Partitioning is { Type: IcebergType.Decimal { Precision: > 18 }, Transform: Transform.Truncate } ? "its truncate takes no decimals of more than 18 digits (\"Second argument must be of native integer type\")"
        : table.Plan.Delete == DeleteKind.EqualityByValueOrNull ? "an equality delete removes rows with null too (of values Z and a, a row with null)"
        : null;

    private static string? OfIcebird(FamilyTable table) =>
        HasVectors(table) ? "it does not read deletion vectors where position deletes are"
        : table.Plan.Delete == DeleteKind.EqualityByValueOrNull ? "null in an equality delete matches every row"
        : table.Plan is { Delete: DeleteKind.EqualityByValue, Evolution: EvolutionStep.RenameColumn } ? "it finds the columns of equality deletes by their names"
        : table.Codec == "lz4" ? "it does not unpack LZ4_RAW"
        : table.Plan.FormatVersion == 1 ? "it does not read manifests of format version 1, which have no sequence numbers"
        : table.Plan.Evolution == EvolutionStep.DropAndRenameNestedFields ? "it finds nested fields by their names"
        : table.Table.Metadata.PartitionSpecs.Any(s => table.Table.Metadata.PartitionTypeOf(s).Fields.Any(f => f.Type is IcebergType.Decimal or IcebergType.Uuid or IcebergType.Fixed))
            ? "it does not read the Avro type fixed, which such partition values have"
        : null;

    private static bool HasVectors(FamilyTable table) => table.Table.Metadata.FormatVersion == 3 && table.Plan.Delete is (DeleteKind.MergeOnRead or DeleteKind.EqualityThenPositions);
}
