using Arctic;
using Arctic.Dataflow.Jobs;
using Arctic.Streams;

namespace DataStreamSample;

/// <summary>Keeps the total of each customer in a table, by a job that reads the orders as they are committed.</summary>
internal static class CustomerTotals
{
    /// <summary>Adds three orders, and lets the job of totals go on from where it was until it has seen them.</summary>
    public static async Task RunAsync(string warehouse, TextWriter output, CancellationToken cancellationToken)
    {
        var session = new SessionBuilder { Options = new Dictionary<string, string> { ["execution.checkpointing.interval"] = "100 ms" } }.Build();
        await using var _ = session.ConfigureAwait(false);
        foreach (var statement in new[]
        {
            $"CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = '{warehouse}')",
            "CREATE DATABASE IF NOT EXISTS lake.shop",
            "CREATE TABLE IF NOT EXISTS lake.shop.orders (id BIGINT, customer STRING, amount DECIMAL(10, 2))",
            "CREATE TABLE IF NOT EXISTS lake.shop.totals (customer STRING, orders BIGINT, amount DECIMAL(12, 2), PRIMARY KEY (customer) NOT ENFORCED)",
        })
        {
            await (await session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }

        // A bounded job: it ends, and its rows are committed as a whole.
        Order[] orders = [new(1, "ann", 9.95m), new(2, "bob", 12m), new(3, "ann", 0.05m)];
        await session.CreateStreamEnvironment("add-orders").FromCollection(orders).SinkTo("lake.shop.orders").ExecuteAsync(cancellationToken).ConfigureAwait(false);

        // A job without an end, which is stopped with a checkpoint; by its name the next run finds the sums again, and the place in the table.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var job = session.CreateStreamEnvironment("customer-totals")
            .FromTable<Order>("lake.shop.orders", new() { IsStreaming = true, MonitorInterval = TimeSpan.FromMilliseconds(100) })
            .Filter(o => o.Amount > 0)
            .KeyBy(o => o.Customer)
            .Process(() => new SumUp(), "SumUp")
            .SinkTo("lake.shop.totals", new() { Mode = TableSinkMode.Upsert })
            .ExecuteAsync(stop.Token);

        var wanted = await session.CreateStreamEnvironment("count").FromTable<Order>("lake.shop.orders").CollectAsync(cancellationToken).CountAsync(cancellationToken).ConfigureAwait(false);
        await WaitForAsync(session, wanted, cancellationToken).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        var status = await job.ConfigureAwait(false);

        await output.WriteLineAsync($"{status}: {(status == JobStatus.Stopped ? "the next run goes on from here" : "the job has ended")}").ConfigureAwait(false);
        await foreach (var total in session.CreateStreamEnvironment("read").FromTable<Total>("lake.shop.totals").CollectAsync(cancellationToken).OrderBy(t => t.Customer).ConfigureAwait(false))
        {
            await output.WriteLineAsync(FormattableString.Invariant($"{total.Customer}: {total.Orders} orders, {total.Amount:0.00}")).ConfigureAwait(false);
        }
    }

    // The table of totals, followed until it counts so many orders.
    private static async Task WaitForAsync(Session session, int orders, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>();
        var changes = session.CreateStreamEnvironment("watch").FromTable<Total>("lake.shop.totals", new() { IsStreaming = true, MonitorInterval = TimeSpan.FromMilliseconds(100) })
            .CollectChangesAsync(cancellationToken);
        await foreach (var change in changes.ConfigureAwait(false))
        {
            counts[change.Row.Customer] = change.Row.Orders;
            if (counts.Values.Sum() >= orders)
            {
                return;
            }
        }
    }

    private sealed record Order(long Id, string Customer, decimal Amount);

    private sealed record Total(string Customer, long Orders, decimal Amount);

    private sealed class SumUp : KeyedProcessFunction<string, Order, Total>
    {
        private ValueState<Total> _total = null!; // set before any row

        public override void Open(StateBinder state) => _total = state.Value<Total>("total");

        public override void Process(Order row, KeyedContext<string, Total> context)
        {
            var before = _total.Value ?? new Total(context.Key, 0, 0);
            _total.Value = before with { Orders = before.Orders + 1, Amount = before.Amount + row.Amount };
            context.Emit(_total.Value);
        }
    }
}
