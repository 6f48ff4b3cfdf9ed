using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.UnitTests.Iceberg.Evolution;

public sealed class UpdatePartitionSpecTests
{
    private static readonly Schema Columns = new(0,
    [
        new NestedField(1, "id", IcebergTypes.Long, true), new NestedField(2, "ts", IcebergTypes.Timestamp, false), new NestedField(3, "name", IcebergTypes.String, false),
        new NestedField(4, "s", new IcebergType.Struct([new NestedField(5, "x", IcebergTypes.Int, false)]), false), new NestedField(6, "l", new IcebergType.List(7, IcebergTypes.Int, false), false),
    ]);

    [Fact]
    public async Task Fields_are_added_with_the_names_of_the_original_and_new_ids()
    {
        var table = await CreateAsync(2);

        table = await ChangeAsync(table, p => p
            .AddField("name").AddField("id", new Transform.Bucket(16)).AddField("ts", new Transform.Day()).AddField("name", new Transform.Truncate(3)).AddField("s.x", new Transform.Identity(), "x"));

        Assert.Equal(["name", "id_bucket_16", "ts_day", "name_trunc_3", "x"], table.Metadata.DefaultSpec.Fields.Select(f => f.Name));
        Assert.Equal([1000, 1001, 1002, 1003, 1004], table.Metadata.DefaultSpec.Fields.Select(f => f.FieldId));
        Assert.Equal((1, 1004), (table.Metadata.DefaultSpecId, table.Metadata.LastPartitionId));
    }

    [Fact]
    public async Task Removed_fields_and_equal_specs_come_back_with_their_ids()
    {
        var table = await ChangeAsync(await CreateAsync(2), p => p.AddField("id", new Transform.Bucket(4)).AddField("ts", new Transform.Day()));

        var removed = await ChangeAsync(table, p => p.RemoveField("id_bucket_4").RemoveField("ts", new Transform.Day()).AddField("ts", new Transform.Hour()));
        var again = await ChangeAsync(removed, p => p.RemoveField("ts_hour").AddField("id", new Transform.Bucket(4)).AddField("ts", new Transform.Day()));
        var renamed = await ChangeAsync(again, p => p.RenameField("ts_day", "day"));
        var back = await ChangeAsync(renamed, p => p.RenameField("day", "ts_day"));

        Assert.Equal([1002], removed.Metadata.DefaultSpec.Fields.Select(f => f.FieldId));
        Assert.Equal([1000, 1001], again.Metadata.DefaultSpec.Fields.Select(f => f.FieldId));
        Assert.Equal((1, 2, 1, 3, 1), (table.Metadata.DefaultSpecId, removed.Metadata.DefaultSpecId, again.Metadata.DefaultSpecId, renamed.Metadata.DefaultSpecId, back.Metadata.DefaultSpecId));
        Assert.Equal(1002, back.Metadata.LastPartitionId);
        Assert.Equal("day", renamed.Metadata.DefaultSpec.Fields[1].Name);
    }

    [Fact]
    public async Task V1_keeps_the_place_of_a_removed_field_as_void()
    {
        var table = await ChangeAsync(await CreateAsync(1), p => p.AddField("id", new Transform.Bucket(4)).AddField("name"));

        table = await ChangeAsync(table, p => p.RemoveField("id_bucket_4"));
        table = await ChangeAsync(table, p => p.AddField("id", new Transform.Bucket(4)));

        Assert.Equal(["id_bucket_4_1000", "name", "id_bucket_4"], table.Metadata.DefaultSpec.Fields.Select(f => f.Name));
        Assert.Equal(["void", "identity", "bucket[4]"], table.Metadata.DefaultSpec.Fields.Select(f => f.Transform.Text));
        Assert.Equal([1000, 1001, 1002], table.Metadata.DefaultSpec.Fields.Select(f => f.FieldId));
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        var table = await ChangeAsync(await CreateAsync(2), p => p.AddField("name"));

        await RefusesAsync(ErrorCodes.InvalidStatement, "'name' of the column 'name'", table, p => p.AddField("name"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "redundant", table, p => p.AddField("ts", new Transform.Day()).AddField("ts", new Transform.Hour()));
        await RefusesAsync(ErrorCodes.InvalidStatement, "not defined", table, p => p.AddField("name", new Transform.Hour()));
        await RefusesAsync(ErrorCodes.InvalidStatement, "not defined", table, p => p.AddField("s"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "list or map", table, p => p.AddField("l.element"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "name of a column", table, p => p.AddField("id", new Transform.Bucket(3), "ts"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "'name' already", table, p => p.AddField("id", new Transform.Bucket(3), "name"));
        var error = await RefusesAsync(ErrorCodes.UnknownName, "no partition field 'nam'", table, p => p.RemoveField("nam"));
        Assert.Contains("'name'", error.Hint);
        await RefusesAsync(ErrorCodes.UnknownName, "no column 'tz'", table, p => p.AddField("tz"));
    }

    [Fact]
    public async Task Only_another_change_of_the_partitions_is_a_conflict()
    {
        var table = await CreateAsync(2);
        var late = table.NewTransaction();
        late.UpdatePartitionSpec().AddField("name");
        var schema = table.NewTransaction();
        schema.UpdateSchema().AddColumn("a", IcebergTypes.Int);
        await schema.CommitAsync();
        await late.CommitAsync();

        await Assert.ThrowsAsync<CommitConflictException>(async () => await ChangeAsync(table, p => p.AddField("id")));
    }

    [Fact]
    public async Task Sort_orders_are_replaced_reused_and_taken_away()
    {
        var table = await CreateAsync(2);

        var sorted = await SortAsync(table, s => s.Ascending("name").By("id", new Transform.Bucket(4), SortDirection.Descending, NullOrder.NullsFirst));
        var other = await SortAsync(sorted, s => s.Descending("s.x"));
        var again = await SortAsync(other, s => s.Ascending("name").By("id", new Transform.Bucket(4), SortDirection.Descending, NullOrder.NullsFirst));
        var none = await SortAsync(again, _ => { });

        Assert.Equal((1, 2, 1, 0), (sorted.Metadata.DefaultSortOrderId, other.Metadata.DefaultSortOrderId, again.Metadata.DefaultSortOrderId, none.Metadata.DefaultSortOrderId));
        Assert.Equal(3, none.Metadata.SortOrders.Count);
        Assert.Equal([3, 1], sorted.Metadata.DefaultSortOrder.Fields.Select(f => f.SourceId));
        Assert.Equal((SortDirection.Descending, NullOrder.NullsLast, 5), (other.Metadata.DefaultSortOrder.Fields[0].Direction, other.Metadata.DefaultSortOrder.Fields[0].NullOrder, other.Metadata.DefaultSortOrder.Fields[0].SourceId));
        await Assert.ThrowsAsync<CommitConflictException>(async () => await SortAsync(sorted, s => s.Ascending("id")));
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await SortAsync(none, s => s.Ascending("nam")));
        Assert.Equal((ErrorCodes.UnknownName, "Did you mean 'name'?"), (error.Code, error.Hint));
    }

    private static async Task<IcebergTable> CreateAsync(int version) => await EvolutionTables.CreateAsync(Columns, PartitionSpec.Unpartitioned, version);

    private static async Task<IcebergTable> SortAsync(IcebergTable table, Action<ReplaceSortOrder> change)
    {
        var transaction = table.NewTransaction();
        change(transaction.ReplaceSortOrder());
        return await transaction.CommitAsync();
    }

    private static async Task<IcebergTable> ChangeAsync(IcebergTable table, Action<UpdatePartitionSpec> change)
    {
        var transaction = table.NewTransaction();
        change(transaction.UpdatePartitionSpec());
        return await transaction.CommitAsync();
    }

    private static async Task<ArcticException> RefusesAsync(ErrorCode code, string message, IcebergTable table, Action<UpdatePartitionSpec> change)
    {
        var error = await Assert.ThrowsAnyAsync<ArcticException>(async () => await ChangeAsync(table, change));
        Assert.Equal(code, error.Code);
        Assert.Contains(message, error.Message);
        return error;
    }
}
