using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.UnitTests.Iceberg.Catalog;

public sealed class TableMetadataBuilderTests
{
    [Fact]
    public void Each_update_changes_its_part_and_nothing_else()
    {
        var builder = TableMetadataBuilder.From(Empty());
        var uuid = Guid.NewGuid();
        var statistics = new StatisticsFile(1, "s.puffin", 10, 5, []);

        builder.Apply(
        [
            new TableUpdate.AssignUuid(uuid), new TableUpdate.SetLocation("s3://b/t/"), new TableUpdate.AddSnapshot(SnapshotOf(1, 1)),
            new TableUpdate.SetSnapshotRef("main", new SnapshotRef(1, SnapshotRefType.Branch)), new TableUpdate.SetSnapshotRef("v1", new SnapshotRef(1, SnapshotRefType.Tag)),
            new TableUpdate.SetStatistics(statistics), new TableUpdate.SetStatistics(statistics with { StatisticsPath = "s2.puffin" }),
            new TableUpdate.SetPartitionStatistics(new PartitionStatisticsFile(1, "p.parquet", 3)),
        ]);

        var metadata = builder.Current;
        Assert.Equal((uuid, "s3://b/t", 1L, 1L), (metadata.TableUuid!.Value, metadata.Location, metadata.CurrentSnapshotId!.Value, metadata.LastSequenceNumber));
        Assert.Equal("s2.puffin", Assert.Single(metadata.Statistics).StatisticsPath);
        Assert.Equal("p.parquet", Assert.Single(metadata.PartitionStatistics).StatisticsPath);

        builder.Apply([new TableUpdate.RemoveStatistics(1), new TableUpdate.RemovePartitionStatistics(1), new TableUpdate.RemoveSnapshotRef("v1"), new TableUpdate.RemoveSnapshotRef("main")]);

        Assert.Empty(builder.Current.Statistics);
        Assert.Empty(builder.Current.PartitionStatistics);
        Assert.Empty(builder.Current.Refs);
        Assert.Null(builder.Current.CurrentSnapshotId);
    }

    [Fact]
    public void Rules_that_span_members_are_kept()
    {
        var one = TableMetadataBuilder.From(Empty()).Apply([new TableUpdate.AddSnapshot(SnapshotOf(1, 1)), new TableUpdate.SetSnapshotRef("main", new SnapshotRef(1, SnapshotRefType.Branch))]).Current;

        Refuses(one, new TableUpdate.AddSnapshot(SnapshotOf(1, 2)), "snapshot 1 already");
        Refuses(one, new TableUpdate.AddSnapshot(SnapshotOf(2, 1) with { ParentSnapshotId = 1 }), "sequence number 1");
        Refuses(one, new TableUpdate.SetSnapshotRef("x", new SnapshotRef(9, SnapshotRefType.Tag)), "'x' names snapshot 9");
        Refuses(one, new TableUpdate.SetSnapshotRef("main", new SnapshotRef(1, SnapshotRefType.Tag)), "branch");
        Refuses(one, new TableUpdate.RemoveSnapshots([1]), "'main'");
        Refuses(one, new TableUpdate.RemoveSchemas([0]), "schema 0");
        Refuses(one, new TableUpdate.RemovePartitionSpecs([0]), "spec 0");
        Refuses(one, new TableUpdate.UpgradeFormatVersion(1), "from 2 to 1");
        Refuses(one, new TableUpdate.SetCurrentSchema(TableUpdate.LastAdded), "no schema was added");
        Refuses(one with { FormatVersion = 3, NextRowId = 10 }, new TableUpdate.AddSnapshot(SnapshotOf(2, 2) with { FirstRowId = 9, AddedRows = 1 }), "row ids from 9");
        Refuses(one with { FormatVersion = 3 }, new TableUpdate.AddSnapshot(SnapshotOf(2, 2)), "row ids from nowhere");
    }

    [Fact]
    public void A_schema_without_the_source_of_a_partition_is_refused()
    {
        var metadata = TableMetadataBuilder.Create(new TableCreation { Schema = TableFixture.Columns, PartitionSpec = TableFixture.ByDay }, "memory:///t", Guid.NewGuid(), 1).Current;
        var narrow = new Schema(0, TableFixture.Columns.Fields.Take(2));

        Refuses(TableMetadataBuilder.From(metadata).Apply(new TableUpdate.AddSchema(narrow)).Current, new TableUpdate.SetCurrentSchema(1), "'day' needs column 3");
    }

    [Fact]
    public void A_rollback_is_logged_and_leaves_no_ancestor()
    {
        var metadata = TableMetadataBuilder.From(Empty()).Apply(
        [
            new TableUpdate.AddSnapshot(SnapshotOf(1, 1)), new TableUpdate.SetSnapshotRef("main", new SnapshotRef(1, SnapshotRefType.Branch)),
        ]).Build(null, 0, 10);
        metadata = TableMetadataBuilder.From(metadata).Apply(
        [
            new TableUpdate.AddSnapshot(SnapshotOf(2, 2) with { ParentSnapshotId = 1 }), new TableUpdate.SetSnapshotRef("main", new SnapshotRef(2, SnapshotRefType.Branch)),
        ]).Build("v1", 10, 20);

        metadata = TableMetadataBuilder.From(metadata).Apply(new TableUpdate.SetSnapshotRef("main", new SnapshotRef(1, SnapshotRefType.Branch))).Build("v2", 20, 30);

        Assert.Equal([1L, 2L, 1L], metadata.SnapshotLog.Select(e => e.SnapshotId));
        Assert.Equal(metadata.SnapshotLog.Select(e => e.TimestampMs).Order(), metadata.SnapshotLog.Select(e => e.TimestampMs));
        Assert.Equal([1L], metadata.AncestorsOf(metadata.CurrentSnapshotId).Select(s => s.SnapshotId));
        Assert.Equal(["v1", "v2"], metadata.MetadataLog.Select(e => e.MetadataFile));
    }

    [Fact]
    public void Time_never_goes_back()
    {
        var metadata = TableMetadataBuilder.From(Empty() with { LastUpdatedMs = 1000 }).Build("v1", 1000, 400);

        Assert.Equal(1000, metadata.LastUpdatedMs);
    }

    [Fact]
    public void The_log_of_metadata_files_keeps_the_newest()
    {
        var metadata = Empty() with { Properties = new Dictionary<string, string> { ["write.metadata.previous-versions-max"] = "3" } };
        for (var i = 0; i < 10; i++)
        {
            metadata = TableMetadataBuilder.From(metadata).Build("v" + i, i, i + 1);
        }

        Assert.Equal(["v7", "v8", "v9"], metadata.MetadataLog.Select(e => e.MetadataFile));
    }

    private static TableMetadata Empty() => TableMetadataBuilder.Create(new TableCreation { Schema = TableFixture.Columns }, "memory:///t", Guid.NewGuid(), 1).Current;

    private static Snapshot SnapshotOf(long id, long sequence) => new()
    {
        SnapshotId = id,
        SequenceNumber = sequence,
        TimestampMs = 5 * sequence,
        ManifestList = $"memory:///t/{id}.avro",
        Summary = new Dictionary<string, string> { ["operation"] = "append" },
    };

    private static void Refuses(TableMetadata metadata, TableUpdate update, string expected)
    {
        var error = Assert.Throws<ArcticException>(() => TableMetadataBuilder.From(metadata).Apply(update));
        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
        Assert.Contains(expected, error.Message);
    }
}
