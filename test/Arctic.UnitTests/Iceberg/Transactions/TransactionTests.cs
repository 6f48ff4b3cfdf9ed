using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Iceberg.Catalog;
using static Arctic.UnitTests.Iceberg.TableFixture;

namespace Arctic.UnitTests.Iceberg.Transactions;

/// <summary>What transactions do to tables, whatever catalog keeps them; each one inherits it.</summary>
public abstract class TransactionTests
{
    /// <summary>The catalog, empty when a test starts.</summary>
    private protected abstract IIcebergCatalog Catalog { get; }

    /// <summary>The files of its tables, below <c>memory:///warehouse</c>.</summary>
    private protected abstract IObjectStore Store { get; }

    /// <summary>Another writer of the same tables, who waits at the swap of its first commit until the gate opens.</summary>
    private protected abstract (IIcebergCatalog Catalog, Task Reached, Action Open) SlowWriter();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_append_makes_a_snapshot_with_its_files_and_totals()
    {
        var table = await CreateAsync(ByDay);

        table = await CommitAsync(table, t => t.Append().Add(File("a", 10, 1)).Add(File("b", 5, 2)).Set("my-key", "my value"));
        table = await CommitAsync(table, t => t.Append().Add(File("c", 1, 2)));

        Assert.Equal(["a", "b", "c"], NamesOf(await EntriesAsync(table)));
        var (first, second) = (table.Metadata.Snapshots[0], table.Metadata.Snapshots[1]);
        Assert.Equal((1L, 2L, 2L), (first.SequenceNumber, second.SequenceNumber, table.Metadata.LastSequenceNumber));
        Assert.Null(first.ParentSnapshotId);
        Assert.Equal(first.SnapshotId, second.ParentSnapshotId);
        Assert.Equal("append", first.Operation);
        Assert.Equal("my value", first.Summary["my-key"]);
        AssertSummary(first, ("added-data-files", "2"), ("added-records", "15"), ("added-files-size", "1500"), ("changed-partition-count", "2"), ("total-records", "15"), ("total-delete-files", "0"));
        AssertSummary(second, ("added-data-files", "1"), ("total-data-files", "3"), ("total-records", "16"), ("total-files-size", "1600"), ("changed-partition-count", "1"));
        Assert.Equal([first.SnapshotId, second.SnapshotId], table.Metadata.SnapshotLog.Select(e => e.SnapshotId));
        Assert.Equal(second.SnapshotId, table.Metadata.Refs["main"].SnapshotId);
        Assert.Matches($"snap-{second.SnapshotId}-1-[0-9a-f-]{{36}}\\.avro$", second.ManifestList);
        Assert.All(await table.ReadManifestsAsync(second, Token), m => Assert.Matches("[0-9a-f-]{36}-m0\\.avro$", m.Path));
    }

    [Fact]
    public async Task Two_appends_and_an_expiry_of_the_first_keep_the_rows_of_both()
    {
        var transaction = (await CreateAsync()).NewTransaction();
        var (first, second) = (transaction.FastAppend().Add(File("a")), transaction.FastAppend().Add(File("b")));
        transaction.ExpireSnapshots().OlderThan(DateTimeOffset.MaxValue).RetainLast(1);

        var table = await transaction.CommitAsync(Token);

        Assert.Equal([second.SnapshotId], table.Metadata.Snapshots.Select(s => s.SnapshotId));
        Assert.NotEqual(first.SnapshotId, second.SnapshotId);
        Assert.Equal(["a", "b"], NamesOf(await EntriesAsync(table)));
    }

    [Fact]
    public async Task A_transaction_that_was_committed_is_not_committed_again()
    {
        var transaction = (await CreateAsync()).NewTransaction();
        transaction.FastAppend().Add(File("a"));
        var table = await transaction.CommitAsync(Token);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await transaction.CommitAsync(Token));

        Assert.Equal(["a"], NamesOf(await EntriesAsync(table)));
    }

    [Fact]
    public async Task Append_property_and_statistics_become_one_metadata_version()
    {
        var table = await CreateAsync();
        var transaction = table.NewTransaction();
        var append = transaction.FastAppend().Add(File("a"));
        transaction.UpdateProperties().Set("arctic.sink.s1.committed", "3:42");
        transaction.SetStatistics().ForNew(append, (snapshot, _) => new(new StatisticsFile(
            snapshot.SnapshotId, "memory:///x.puffin", 100, 50, [new StatisticsBlob("marker", snapshot.SnapshotId, snapshot.SequenceNumber, [])])));

        var committed = await transaction.CommitAsync(Token);

        Assert.Single(committed.Metadata.MetadataLog); // The one version before.
        Assert.Equal("3:42", committed.Metadata.Properties["arctic.sink.s1.committed"]);
        var loaded = await LoadAsync();
        Assert.Equal((append.SnapshotId, 1L), (loaded.Metadata.Statistics[0].SnapshotId, loaded.Metadata.Statistics[0].Blobs[0].SequenceNumber));
        Assert.Equal(append.SnapshotId, loaded.Metadata.CurrentSnapshotId);
    }

    [Fact]
    public async Task A_transaction_is_used_once()
    {
        var table = await CreateAsync();
        var transaction = table.NewTransaction();
        transaction.UpdateProperties().Set("a", "1");
        var committed = await transaction.CommitAsync(Token);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await transaction.CommitAsync(Token));

        Assert.Equal(committed.MetadataLocation, (await LoadAsync()).MetadataLocation);
    }

    [Fact]
    public async Task A_validation_that_refuses_ends_the_transaction_and_leaves_nothing()
    {
        var table = await CreateAsync();
        var before = await ObjectsAsync();
        var transaction = table.NewTransaction();
        transaction.FastAppend().Add(File("a"));
        transaction.ValidateEachAttempt(m => throw new ArcticException(ErrorCodes.JobFenced, "An older incarnation."));

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await transaction.CommitAsync(Token));

        Assert.Equal(ErrorCodes.JobFenced, error.Code);
        Assert.Equal(before, await ObjectsAsync());
    }

    [Fact]
    public async Task Nothing_slips_between_a_validation_and_its_commit()
    {
        // The fence is raised by a property-only commit while the older incarnation is about to commit. It is validated itself, so that every catalog sees it.
        await CreateAsync(null, ("commit.retry.min-wait-ms", "1"));
        var (writer, reached, open) = SlowWriter();
        var older = await writer.LoadTableAsync(Orders, Token);
        var transaction = older.NewTransaction();
        transaction.FastAppend().Add(File("stale"));
        transaction.ValidateEachAttempt(m =>
        {
            if (m.Properties.ContainsKey("incarnation"))
            {
                throw new ArcticException(ErrorCodes.JobFenced, "A newer run has taken over.");
            }
        });
        var late = transaction.CommitAsync(Token).AsTask();
        await reached;
        await CommitAsync(await LoadAsync(), t => t.ValidateEachAttempt(_ => { }).UpdateProperties().Set("incarnation", "2"));
        open();

        Assert.Equal(ErrorCodes.JobFenced, (await Assert.ThrowsAsync<ArcticException>(() => late)).Code);

        Assert.Empty(await EntriesAsync(await LoadAsync()));
    }

    [Fact]
    public async Task A_lost_race_is_tried_again_on_the_refreshed_table_with_the_same_manifest()
    {
        await CreateAsync(null, ("commit.retry.min-wait-ms", "1"));
        var (writer, reached, open) = SlowWriter();
        var slow = await writer.LoadTableAsync(Orders, Token);
        var late = CommitAsync(slow, t => t.FastAppend().Add(File("slow")));
        await reached;
        await CommitAsync(await LoadAsync(), t => t.FastAppend().Add(File("fast")));
        open();

        var table = await late;

        Assert.Equal(["fast", "slow"], NamesOf(await EntriesAsync(table)));
        Assert.Equal(2, table.Metadata.LastSequenceNumber);
        AssertSummary(table.Metadata.CurrentSnapshot!, ("total-data-files", "2"), ("total-records", "20"));
        var lists = (await ObjectsAsync()).Where(o => o.Contains("/snap-", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lists.Count);
        Assert.Contains(lists, l => l.Contains($"snap-{table.Metadata.CurrentSnapshotId}-2-", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("branch")]
    [InlineData("replace")]
    [InlineData("rollback")]
    [InlineData("publish")]
    [InlineData("pick")]
    public async Task A_step_that_names_a_snapshot_which_expires_meanwhile_is_refused(string change)
    {
        var (first, staged) = await CreateStagedAsync(isOnCurrent: change == "publish");
        var (writer, reached, open) = SlowWriter();
        var late = CommitAsync(await writer.LoadTableAsync(Orders, Token), t =>
        {
            _ = change switch
            {
                "tag" => t.ManageSnapshots().CreateTag("t", staged),
                "branch" => t.ManageSnapshots().CreateBranch("b", staged),
                "replace" => t.ManageSnapshots().ReplaceTag("moving", staged),
                "rollback" => t.ManageSnapshots().SetCurrentSnapshot(staged),
                _ => (TransactionStep)t.CherryPick(staged),
            };
        });
        await reached;
        await CommitAsync(await LoadAsync(), t => t.ExpireSnapshots().OlderThan(DateTimeOffset.UnixEpoch).Expire(staged));
        open();

        var error = await Assert.ThrowsAsync<ArcticException>(() => late);

        Assert.Equal(ErrorCodes.UnknownName, error.Code);
        Assert.Contains("may have expired", error.Message);
        var table = await LoadAsync();
        Assert.Null(table.Metadata.FindSnapshot(staged));
        Assert.Equal(["main", "moving"], table.Metadata.Refs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["a", "b"], NamesOf(await EntriesAsync(table)));
        Assert.Equal(first, table.Metadata.Refs["moving"].SnapshotId);
        Assert.Equal(2, (await ObjectsAsync()).Count(o => o.Contains("/snap-", StringComparison.Ordinal) && !o.Contains($"snap-{staged}-", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("new")]
    [InlineData("moved")]
    public async Task A_snapshot_that_a_tag_names_meanwhile_does_not_expire(string tag)
    {
        var (_, staged) = await CreateStagedAsync(isOnCurrent: false);
        var (writer, reached, open) = SlowWriter();
        var late = CommitAsync(await writer.LoadTableAsync(Orders, Token), t => t.ExpireSnapshots().OlderThan(DateTimeOffset.MaxValue));
        await reached;
        await CommitAsync(await LoadAsync(), t => _ = tag == "new" ? t.ManageSnapshots().CreateTag("t", staged) : t.ManageSnapshots().ReplaceTag("moving", staged));
        open();

        var table = await late;

        Assert.NotNull(table.Metadata.FindSnapshot(staged));
        Assert.Contains(table.Metadata.Refs.Values, r => r.SnapshotId == staged);
    }

    [Fact]
    public async Task A_picked_snapshot_leaves_no_reference_of_its_own()
    {
        var (_, staged) = await CreateStagedAsync(isOnCurrent: false);

        var table = await CommitAsync(await LoadAsync(), t => t.CherryPick(staged));

        Assert.Equal(["main", "moving"], table.Metadata.Refs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["a", "b", "staged"], NamesOf(await EntriesAsync(table)));
    }

    // Two snapshots, a tag at the first, and a staged snapshot made on the first or on the current one.
    private async Task<(long First, long Staged)> CreateStagedAsync(bool isOnCurrent)
    {
        var table = await CommitAsync(await CreateAsync(null, ("commit.retry.min-wait-ms", "1")), t => t.Append().Add(File("a")));
        var first = table.Metadata.CurrentSnapshotId!.Value;
        table = await CommitAsync(table, t => t.ManageSnapshots().CreateTag("moving"));
        if (isOnCurrent)
        {
            table = await CommitAsync(table, t => t.Append().Add(File("b")));
        }

        table = await CommitAsync(table, t => t.Stage("w1").Append().Add(File("staged")));
        var staged = table.Metadata.Snapshots[^1].SnapshotId;
        if (!isOnCurrent)
        {
            await CommitAsync(table, t => t.Append().Add(File("b")));
        }

        return (first, staged);
    }

    [Fact]
    public async Task Used_up_retries_are_a_conflict_that_says_so()
    {
        await CreateAsync(null, ("commit.retry.num-retries", "0"));
        var (writer, reached, open) = SlowWriter();
        var slow = await writer.LoadTableAsync(Orders, Token);
        var late = CommitAsync(slow, t => t.FastAppend().Add(File("slow")));
        await reached;
        await CommitAsync(await LoadAsync(), t => t.FastAppend().Add(File("fast")));
        open();

        var error = await Assert.ThrowsAsync<CommitConflictException>(() => late);

        Assert.Contains("shop.orders", error.Message);
        Assert.Contains("commit.retry.num-retries", error.Message);
        Assert.DoesNotContain(await ObjectsAsync(), o => o.Contains("-1-", StringComparison.Ordinal) && o.Contains("slow", StringComparison.Ordinal));
        Assert.Single(await ObjectsAsync(), o => o.Contains("/snap-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Many_small_manifests_are_merged_and_all_entries_survive()
    {
        var table = await CreateAsync(null, ("commit.manifest.min-count-to-merge", "4"));
        for (var i = 0; i < 9; i++)
        {
            table = await CommitAsync(table, t => t.Append().Add(File("f" + i)));
        }

        var manifests = await table.ReadManifestsAsync(table.Metadata.CurrentSnapshot!, Token);
        Assert.InRange(manifests.Count, 1, 3);
        var entries = await EntriesAsync(table);
        Assert.Equal(Enumerable.Range(0, 9).Select(i => "f" + i), NamesOf(entries));
        Assert.Equal(Enumerable.Range(1, 9).Select(i => (long?)i), entries.Select(e => e.SequenceNumber).Order());
        Assert.Equal(1, manifests.Min(m => m.MinSequenceNumber));
    }

    [Fact]
    public async Task A_row_delta_adds_rows_and_deletes_with_one_sequence_number()
    {
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(File("a")));

        table = await CommitAsync(table, t => t.RowDelta()
            .AddRows(File("b")).AddDeletes(PositionDeletes("p", File("a").FilePath, 2)).AddDeletes(EqualityDeletes("e", 3)).ValidateFrom(table.Metadata.CurrentSnapshotId));

        var entries = await EntriesAsync(table);
        Assert.Equal(["a", "b", "e", "p"], NamesOf(entries));
        Assert.All(entries.Where(e => !e.File.FilePath.EndsWith("/a", StringComparison.Ordinal)), e => Assert.Equal(2, e.SequenceNumber));
        Assert.Equal([ManifestContent.Data, ManifestContent.Data, ManifestContent.Deletes], (await table.ReadManifestsAsync(table.Metadata.CurrentSnapshot!, Token)).Select(m => m.Content));
        Assert.Equal("overwrite", table.Metadata.CurrentSnapshot!.Operation);
        AssertSummary(
            table.Metadata.CurrentSnapshot!,
            ("added-delete-files", "2"), ("added-position-delete-files", "1"), ("added-equality-delete-files", "1"), ("added-position-deletes", "2"), ("added-equality-deletes", "3"),
            ("total-delete-files", "2"), ("total-position-deletes", "2"), ("total-equality-deletes", "3"), ("total-records", "20"));
    }

    [Fact]
    public async Task A_row_delta_is_refused_when_its_data_file_was_rewritten()
    {
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(File("a")));
        var planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.Rewrite().Remove(File("a")).Add(File("a2"), 1).ValidateFrom(planned));

        var error = await Assert.ThrowsAsync<CommitConflictException>(
            () => CommitAsync(table, t => t.RowDelta().AddDeletes(PositionDeletes("p", File("a").FilePath)).ValidateFrom(planned)));

        Assert.Contains("data/a'", error.Message);
        Assert.Equal(["a2"], NamesOf(await EntriesAsync(await LoadAsync())));
    }

    [Fact]
    public async Task A_row_delta_refuses_new_rows_and_new_deletes_when_asked()
    {
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(File("a")));
        var planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.RowDelta().AddDeletes(PositionDeletes("p1", File("a").FilePath)));
        await Assert.ThrowsAsync<CommitConflictException>(
            () => CommitAsync(table, t => t.RowDelta().AddDeletes(PositionDeletes("p2", File("a").FilePath)).ValidateFrom(planned).RefuseNewDeleteFiles()));
        table = await CommitAsync(table, t => t.Append().Add(File("b")));

        await Assert.ThrowsAsync<CommitConflictException>(
            () => CommitAsync(table, t => t.RowDelta().AddDeletes(EqualityDeletes("e")).ValidateFrom(planned).RefuseNewDataFiles()));

        Assert.Equal(["a", "b", "p1"], NamesOf(await EntriesAsync(await LoadAsync())));
    }

    [Fact]
    public async Task A_rewrite_replaces_files_and_keeps_their_sequence_number()
    {
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(File("a", 10)).Add(File("b", 5)));
        table = await CommitAsync(table, t => t.Append().Add(File("c", 1)));

        table = await CommitAsync(table, t => t.Rewrite().Remove(File("a", 10)).Remove(File("b", 5)).Add(File("ab", 15), 1).ValidateFrom(table.Metadata.CurrentSnapshotId));

        var entries = await EntriesAsync(table);
        Assert.Equal(["ab", "c"], NamesOf(entries));
        var rewritten = entries.Single(e => e.File.FilePath.EndsWith("/ab", StringComparison.Ordinal));
        Assert.Equal((1L, 3L), (rewritten.SequenceNumber, rewritten.FileSequenceNumber));
        Assert.Equal("replace", table.Metadata.CurrentSnapshot!.Operation);
        AssertSummary(table.Metadata.CurrentSnapshot!, ("deleted-data-files", "2"), ("added-data-files", "1"), ("total-data-files", "2"), ("total-records", "16"));
    }

    [Fact]
    public async Task A_rewrite_of_a_file_that_is_gone_is_refused()
    {
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(File("a")).Add(File("b")));
        var planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.Delete().Remove(File("a")));

        var error = await Assert.ThrowsAsync<CommitConflictException>(() => CommitAsync(table, t => t.Rewrite().Remove(File("a")).Add(File("a2")).ValidateFrom(planned)));

        Assert.Contains("data/a'", error.Message);
        Assert.Equal(["b"], NamesOf(await EntriesAsync(await LoadAsync())));
    }

    [Fact]
    public async Task A_rewrite_refuses_deletes_of_a_partition_spec_whose_fields_are_all_void_since_they_are_global()
    {
        var table = await CreateAsync(new PartitionSpec(0, [new PartitionField(3, 1000, "day_void", new Transform.Void())]));
        table = await CommitAsync(table, t => t.UpdatePartitionSpec().AddField("day"));
        var file = File("a") with { SpecId = table.Metadata.DefaultSpecId, Partition = new PartitionTuple(null, 5) };
        table = await CommitAsync(table, t => t.Append().Add(file));
        var planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.RowDelta().AddDeletes(EqualityDeletes("e") with { SpecId = 0, Partition = new PartitionTuple(new object?[] { null }) }));
        Assert.Single((await table.NewScan().PlanAsync(Token)).Tasks.Single().Deletes);

        await Assert.ThrowsAsync<CommitConflictException>(() => CommitAsync(table, t => t.Rewrite().Remove(file).Add(file with { FilePath = file.FilePath + "2" }).ValidateFrom(planned)));
    }

    [Fact]
    public async Task A_rewrite_refuses_deletes_that_it_would_undo_and_tolerates_those_that_still_apply()
    {
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(File("a")));
        var planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.RowDelta().AddDeletes(EqualityDeletes("e")));

        await Assert.ThrowsAsync<CommitConflictException>(() => CommitAsync(table, t => t.Rewrite().Remove(File("a")).Add(File("a2")).ValidateFrom(planned)));
        table = await CommitAsync(table, t => t.Rewrite().Remove(File("a")).Add(File("a2"), 1).ValidateFrom(planned));
        Assert.Equal(["a2", "e"], NamesOf(await EntriesAsync(table)));
        planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.RowDelta().AddDeletes(PositionDeletes("p", File("a2").FilePath)));

        await Assert.ThrowsAsync<CommitConflictException>(() => CommitAsync(table, t => t.Rewrite().Remove(File("a2")).Add(File("a3"), 1).ValidateFrom(planned)));
    }

    [Theory]
    [InlineData("s3a://bucket/data/a", null, null)]
    [InlineData(null, "s3a://bucket/data/a", "s3a://bucket/data/a")] // of one file
    [InlineData(null, "s3a://bucket/data/0", "s3a://bucket/data/z")] // of several
    [InlineData(null, "s3://bucket/data/0", "s3://bucket/data/z")]
    public async Task A_rewrite_refuses_deletes_however_they_spell_its_files(string? target, string? lower, string? upper)
    {
        var file = File("a") with { FilePath = "s3://bucket/data/a" };
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(file));
        var planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.RowDelta().AddDeletes(PositionDeletes("p", target) with { LowerBounds = PathBound(lower), UpperBounds = PathBound(upper) }));

        await Assert.ThrowsAsync<CommitConflictException>(() => CommitAsync(table, t => t.Rewrite().Remove(file).Add(File("a2"), 1).ValidateFrom(planned)));
    }

    [Theory]
    [InlineData("s3a://bucket/data/b", null, null)]
    [InlineData(null, "s3a://bucket/data/b", "s3a://bucket/data/b")]
    [InlineData(null, "s3://bucket/data/b", "s3://bucket/data/z")]
    public async Task A_rewrite_tolerates_deletes_of_other_files(string? target, string? lower, string? upper)
    {
        var file = File("a") with { FilePath = "s3://bucket/data/a" };
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(file));
        var planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.RowDelta().AddDeletes(PositionDeletes("p", target) with { LowerBounds = PathBound(lower), UpperBounds = PathBound(upper) }));

        await CommitAsync(table, t => t.Rewrite().Remove(file).Add(File("a2"), 1).ValidateFrom(planned));
    }

    private static FieldIdMap<ReadOnlyMemory<byte>>? PathBound(string? path) =>
        path is null ? null : new FieldIdMap<ReadOnlyMemory<byte>>([DeleteScope.PathFieldId], [System.Text.Encoding.UTF8.GetBytes(path)]);

    [Fact]
    public async Task Deletes_of_a_removed_file_go_however_they_spell_it()
    {
        var file = File("a") with { FilePath = "s3://bucket/data/a" };
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(file).Add(File("b")));
        table = await CommitAsync(table, t => t.RowDelta().AddDeletes(PositionDeletes("p", "s3a://bucket/data/a")));

        table = await CommitAsync(table, t => t.Delete().Remove(file));

        Assert.Equal(["b"], NamesOf(await EntriesAsync(table)));
    }

    [Fact]
    public async Task Deletes_of_a_file_that_was_removed_meanwhile_are_refused_however_they_spell_it()
    {
        var file = File("a") with { FilePath = "s3://bucket/data/a" };
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(file).Add(File("b")));
        var planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.Delete().Remove(file));

        await Assert.ThrowsAsync<CommitConflictException>(() => CommitAsync(table, t => t.RowDelta().AddDeletes(PositionDeletes("p", "s3a://bucket/data/a")).ValidateFrom(planned)));
    }

    [Fact]
    public async Task Deletes_that_are_older_than_all_data_go_with_a_rewrite()
    {
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(File("a")));
        table = await CommitAsync(table, t => t.RowDelta().AddDeletes(PositionDeletes("p", File("a").FilePath)));

        table = await CommitAsync(table, t => t.Rewrite().Remove(File("a")).Add(File("a2")).ValidateFrom(table.Metadata.CurrentSnapshotId));

        Assert.Equal(["a2"], NamesOf(await EntriesAsync(table)));
        AssertSummary(table.Metadata.CurrentSnapshot!, ("removed-delete-files", "1"), ("removed-position-delete-files", "1"), ("total-delete-files", "0"), ("total-position-deletes", "0"));
    }

    [Fact]
    public async Task Partitions_are_replaced_and_others_stay()
    {
        var table = await CreateAsync(ByDay);
        table = await CommitAsync(table, t => t.Append().Add(File("a", 10, 1)).Add(File("b", 10, 2)));
        table = await CommitAsync(table, t => t.Append().Add(File("c", 10, 1)));

        table = await CommitAsync(table, t => t.ReplacePartitions().Add(File("n", 3, 1)));

        Assert.Equal(["b", "n"], NamesOf(await EntriesAsync(table)));
        AssertSummary(table.Metadata.CurrentSnapshot!, ("deleted-data-files", "2"), ("deleted-records", "20"), ("total-records", "13"), ("replace-partitions", "true"));
    }

    [Fact]
    public async Task A_replaced_partition_refuses_new_rows_when_asked()
    {
        var table = await CreateAsync(ByDay);
        table = await CommitAsync(table, t => t.Append().Add(File("a", 10, 1)));
        var planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.Append().Add(File("b", 10, 2)));
        table = await CommitAsync(table, t => t.ReplacePartitions().Add(File("n", 3, 1)).ValidateFrom(planned).RefuseNewFiles());

        await Assert.ThrowsAsync<CommitConflictException>(() => CommitAsync(table, t => t.ReplacePartitions().Add(File("m", 3, 2)).ValidateFrom(planned).RefuseNewFiles()));

        Assert.Equal(["b", "n"], NamesOf(await EntriesAsync(await LoadAsync())));
    }

    [Fact]
    public async Task An_overwrite_of_the_whole_table_leaves_the_new_files_only()
    {
        var table = await CreateAsync(ByDay);
        table = await CommitAsync(table, t => t.Append().Add(File("a", 10, 1)).Add(File("b", 10, 2)));
        table = await CommitAsync(table, t => t.RowDelta().AddDeletes(EqualityDeletes("e", 1, 1)));

        table = await CommitAsync(table, t => t.Overwrite().RemoveAll().Add(File("n", 3, 1)));

        Assert.Equal(["n"], NamesOf(await EntriesAsync(table)));
        AssertSummary(table.Metadata.CurrentSnapshot!, ("total-records", "3"), ("total-data-files", "1"), ("total-delete-files", "0"), ("total-equality-deletes", "0"));
    }

    [Fact]
    public async Task Deleting_files_that_are_gone_contradicts_nothing()
    {
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(File("a")).Add(File("b")));

        table = await CommitAsync(table, t => t.Delete().Remove(File("a")).Remove(File("nothing")));

        Assert.Equal(["b"], NamesOf(await EntriesAsync(table)));
        Assert.Equal("delete", table.Metadata.CurrentSnapshot!.Operation);
    }

    [Fact]
    public async Task Two_snapshots_can_be_one_commit()
    {
        var table = await CreateAsync();

        table = await CommitAsync(table, t =>
        {
            t.Append().Add(File("a"));
            t.RowDelta().AddDeletes(PositionDeletes("p", File("a").FilePath));
        });

        Assert.Single(table.Metadata.MetadataLog); // The one version before.
        Assert.Equal([1L, 2L], table.Metadata.Snapshots.Select(s => s.SequenceNumber));
        Assert.Equal(table.Metadata.Snapshots[0].SnapshotId, table.Metadata.Snapshots[1].ParentSnapshotId);
        Assert.Equal(["a", "p"], NamesOf(await EntriesAsync(table)));
        Assert.Single(table.Metadata.SnapshotLog);
    }

    [Fact]
    public async Task A_new_branch_starts_from_main_and_moves_alone()
    {
        var table = await CreateAsync();
        table = await CommitAsync(table, t => t.Append().Add(File("a")));

        table = await CommitAsync(table, t => t.Append().Add(File("b")).ToBranch("audit"));

        Assert.Equal(["a"], NamesOf(await EntriesAsync(table)));
        Assert.Equal(["a", "b"], NamesOf(await EntriesAsync(table, "audit")));
    }

    [Fact]
    public async Task Snapshots_are_expired_by_age_and_count_and_those_of_references_stay()
    {
        var table = await CreateAsync();
        for (var i = 0; i < 5; i++)
        {
            table = await CommitAsync(table, t => t.Append().Add(File("f" + i)));
        }

        var ids = table.Metadata.Snapshots.Select(s => s.SnapshotId).ToList();
        await Catalog.CommitAsync(new TableCommit(Orders, [], [new TableUpdate.SetSnapshotRef("keep", new SnapshotRef(ids[1], SnapshotRefType.Tag))]), Token);

        table = await CommitAsync(table, t => t.ExpireSnapshots().OlderThan(DateTimeOffset.MaxValue).RetainLast(2));

        Assert.Equal([ids[1], ids[3], ids[4]], table.Metadata.Snapshots.Select(s => s.SnapshotId));
        Assert.Equal([ids[3], ids[4]], table.Metadata.SnapshotLog.Select(e => e.SnapshotId));
        Assert.Equal(5, (await EntriesAsync(table)).Count);
        table = await CommitAsync(table, t => t.ExpireSnapshots());
        Assert.Equal(3, table.Metadata.Snapshots.Count);
    }

    [Fact]
    public async Task V3_gives_row_ids_to_added_and_rewritten_manifests()
    {
        var table = await CreateAsync(null, ("format-version", "3"));
        table = await CommitAsync(table, t => t.FastAppend().Add(File("a", 10)).Add(File("b", 5)));
        table = await CommitAsync(table, t => t.FastAppend().Add(File("c", 3)));

        Assert.Equal((18L, 15L, 3L), (table.Metadata.NextRowId, table.Metadata.CurrentSnapshot!.FirstRowId, table.Metadata.CurrentSnapshot.AddedRows));
        var before = (await EntriesAsync(table)).ToDictionary(e => e.File.FilePath, e => e.File.FirstRowId);
        Assert.Equal([0L, 10L, 15L], before.Values.Order().Select(v => v!.Value));

        table = await CommitAsync(table, t => t.Delete().Remove(File("a", 10)));

        // The manifest that keeps b is written anew and uses up ids, though b keeps its own.
        Assert.Equal((23L, 18L, 5L), (table.Metadata.NextRowId, table.Metadata.CurrentSnapshot!.FirstRowId, table.Metadata.CurrentSnapshot.AddedRows));
        Assert.All(await EntriesAsync(table), e => Assert.Equal(before[e.File.FilePath], e.File.FirstRowId));
    }

    [Fact]
    public async Task V3_removes_the_vector_of_a_removed_file_and_refuses_a_second_vector()
    {
        var table = await CreateAsync(null, ("format-version", "3"));
        table = await CommitAsync(table, t => t.Append().Add(File("a")).Add(File("b")));
        var planned = table.Metadata.CurrentSnapshotId;
        table = await CommitAsync(table, t => t.RowDelta().AddDeletes(Vector("v.puffin", File("a").FilePath)).AddDeletes(Vector("v.puffin", File("b").FilePath, 44)).ValidateFrom(planned));
        AssertSummary(table.Metadata.CurrentSnapshot!, ("added-dvs", "2"), ("added-delete-files", "2"), ("added-files-size", "80"));

        await Assert.ThrowsAsync<CommitConflictException>(() => CommitAsync(table, t => t.RowDelta().AddDeletes(Vector("w.puffin", File("a").FilePath)).ValidateFrom(planned)));
        table = await CommitAsync(table, t => t.RowDelta()
            .RemoveDeletes(Vector("v.puffin", File("a").FilePath)).AddDeletes(Vector("w.puffin", File("a").FilePath, 4, 2)).ValidateFrom(table.Metadata.CurrentSnapshotId));
        Assert.Equal(["a", "b", "v.puffin", "w.puffin"], NamesOf(await EntriesAsync(table)));

        table = await CommitAsync(table, t => t.Delete().Remove(File("b")));

        Assert.Equal(["a", "w.puffin"], NamesOf(await EntriesAsync(table)));
        Assert.Equal(ErrorCodes.FormatUnsupported, (await Assert.ThrowsAsync<ArcticException>(() => CommitAsync(table, t => t.RowDelta().AddDeletes(PositionDeletes("p"))))).Code);
    }

    [Fact]
    public async Task V1_tables_take_appends_only()
    {
        var table = await CreateAsync(null, ("format-version", "1"));
        table = await CommitAsync(table, t => t.Append().Add(File("a")));
        table = await CommitAsync(table, t => t.Append().Add(File("b")));

        Assert.Equal(["a", "b"], NamesOf(await EntriesAsync(await LoadAsync())));
        Assert.All(table.Metadata.Snapshots, s => Assert.Equal(0, s.SequenceNumber));
        var error = await Assert.ThrowsAsync<ArcticException>(() => CommitAsync(table, t => t.RowDelta().AddDeletes(EqualityDeletes("e"))));
        Assert.Equal(ErrorCodes.FormatUnsupported, error.Code);
    }

    [Fact]
    public async Task A_transaction_without_an_effect_writes_nothing()
    {
        var table = await CreateAsync(null, ("a", "1"));

        var same = await CommitAsync(table, t => t.UpdateProperties().Set("a", "1").Remove("b"));

        Assert.Equal(table.MetadataLocation, same.MetadataLocation);
    }

    private static async Task<IcebergTable> CommitAsync(IcebergTable table, Action<Transaction> steps)
    {
        var transaction = table.NewTransaction();
        steps(transaction);
        return await transaction.CommitAsync(Token);
    }

    private async Task<IcebergTable> CreateAsync(PartitionSpec? spec = null, params (string Key, string Value)[] properties)
    {
        await Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var creation = new TableCreation { Schema = Columns, PartitionSpec = spec ?? PartitionSpec.Unpartitioned, Properties = properties.ToDictionary(p => p.Key, p => p.Value) };
        return await Catalog.CreateTableAsync(Orders, creation, Token);
    }

    private async Task<IcebergTable> LoadAsync() => await Catalog.LoadTableAsync(Orders, Token);

    private async Task<List<string>> ObjectsAsync()
    {
        var found = new List<string>();
        await foreach (var info in Store.ListAsync("memory:///warehouse", Token))
        {
            found.Add(info.Location);
        }

        return found;
    }

    private static void AssertSummary(Snapshot snapshot, params (string Key, string Value)[] expected)
    {
        foreach (var (key, value) in expected)
        {
            Assert.Equal($"{key}={value}", $"{key}={snapshot.Summary.GetValueOrDefault(key)}");
        }
    }
}

/// <summary>Transactions on a file-system catalog.</summary>
public sealed class FileSystemTransactionTests : TransactionTests
{
    private readonly TableFixture _fixture = new();

    private protected override IIcebergCatalog Catalog => _fixture.Catalog;

    private protected override IObjectStore Store => _fixture.Store;

    private protected override (IIcebergCatalog Catalog, Task Reached, Action Open) SlowWriter()
    {
        var gate = new GatedStore(_fixture.Store);
        gate.Close(".metadata.json");
        return (new FileSystemCatalog("slow", "memory:///warehouse", gate, _fixture.Environment), gate.Reached, gate.Open);
    }
}
